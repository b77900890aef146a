import { statSync } from 'node:fs';
import { readMetadataFile } from '../config/webauthn.ts';
import { isOverdue, type Metadata, type MetadataFile } from '../domain/factor/fido-metadata.ts';
import type { Log } from '../kernel/log.ts';

/** What is to be said of the metadata in force, for people and for metrics. */
export type MetadataState = {
  readonly number: number;
  readonly nextUpdate: string;
  readonly isOverdue: boolean;
  /** Why the file as it is now was not taken; null while what it holds is in force. */
  readonly unread: string | null;
};
export type MetadataWatch = {
  /** Those in force; null when none are configured. */
  current(): Metadata | null;
  state(): MetadataState | null;
  /** Looks whether the file has changed, and takes what it holds if that can be trusted. What was in force stays otherwise. */
  refresh(): Promise<void>;
};
type Deps = { readonly log: Log; readonly nowMs: () => number };
type Configured = { readonly metadata: Metadata | null; readonly metadataFile: MetadataFile | null };

/** Of what is overdue the log is reminded this often. */
const REMIND_MS = 86_400_000;

/** Keeps up with a file of FIDO metadata that is replaced while Roost runs. */
export function watchMetadata({ metadata, metadataFile: file }: Configured, deps: Deps): MetadataWatch {
  if (metadata === null || file === null)
    return { current: () => null, state: () => null, refresh: async () => {} };
  const { log, nowMs } = deps;
  let current = metadata;
  let unread: string | null = null;
  // Read anew at the first look: it may have been replaced since the settings were read.
  let seen: string | null = null;
  let remindedAtMs = Number.NEGATIVE_INFINITY;

  function takeChanged(path: string, from: MetadataFile): void {
    const found = fingerprintOf(path);
    if (found === seen) return;
    seen = found;
    const read = readMetadataFile(from, nowMs());
    const problem = typeof read === 'string' ? read : olderThan(read, current);
    if (problem === null && typeof read !== 'string') {
      const isNew = read.number !== current.number;
      if (isNew || unread !== null) log.info('fido-metadata.taken', { number: read.number });
      current = read;
    } else {
      const facts = { file: path, problem, kept: current.number };
      log.error('fido-metadata.not-taken', facts);
    }
    unread = problem;
  }

  function remind(): void {
    if (!isOverdue(current, nowMs())) {
      remindedAtMs = Number.NEGATIVE_INFINITY;
      return;
    }
    if (nowMs() < remindedAtMs + REMIND_MS) return;
    remindedAtMs = nowMs();
    const { number, nextUpdate } = current;
    // Not the day itself: the log takes its digits for a phone number and hides them.
    const overdueDays = Math.floor((nowMs() - Date.parse(nextUpdate)) / REMIND_MS);
    log.warn('fido-metadata.overdue', { file: file?.path, number, overdueDays });
  }

  return {
    current: () => current,
    state: () => {
      const { number, nextUpdate } = current;
      return { number, nextUpdate, isOverdue: isOverdue(current, nowMs()), unread };
    },
    async refresh() {
      takeChanged(file.path, file);
      remind();
    },
  };
}

/** For whoever asks whether Roost is ready: it is, and yet somebody should see to this. */
export function metadataNotes(state: MetadataState | null): readonly string[] {
  if (state === null) return [];
  const { isOverdue, nextUpdate, unread } = state;
  return [
    ...(isOverdue ? [`newer FIDO metadata were due by ${nextUpdate}`] : []),
    ...(unread === null ? [] : ['the file of FIDO metadata was not taken: what was read before is in force']),
  ];
}

/** Whoever could bring an old file back would bring back models that were reported since. */
const olderThan = (read: Metadata, current: Metadata): string | null =>
  read.number < current.number
    ? `holds number ${read.number}, which is older than ${current.number}, which is in force`
    : null;

/** Changes with the file, also where its time was set back; empty while there is none. */
function fingerprintOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    return '';
  }
}
