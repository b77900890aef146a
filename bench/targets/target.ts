import type { DialectName } from '../driver/dialects.ts';

/** A server under measurement. Whatever answers at `urls` and speaks a known dialect can be one. */
export type Target = {
  readonly name: string;
  readonly dialect: DialectName;
  /** One or several nodes. */
  readonly urls: readonly string[];
  readonly accessKey: string;
  /** The processes whose memory and processor time count; empty for a server that we did not start. */
  readonly pids: readonly number[];
  /** Resolves when the messages to these recipients (E.164) have been handed over; absent where nobody can tell. */
  readonly delivered?: (recipients: readonly string[]) => Promise<void>;
  stop(): Promise<void>;
};

/** A server that somebody else started, reachable by its URL. */
export function external(urls: readonly string[], dialect: DialectName, accessKey: string): Target {
  return { name: urls.join(' '), dialect, urls, accessKey, pids: [], stop: async () => {} };
}
