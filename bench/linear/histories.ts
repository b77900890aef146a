import { seeded } from '../driver/random.ts';
import { type Event, isLinearizable } from './checker.ts';
import { Recorder } from './record.ts';

export type HistoriesOptions = {
  readonly urls: readonly string[];
  readonly accessKey: string;
  readonly histories: number;
  /** Histories at once, each with its own verification. */
  readonly lanes: number;
  readonly seed: number;
  /** The first recipient to use (see driver/numbers.ts). */
  readonly firstNumber: number;
};
export type HistoriesResult = {
  readonly checked: number;
  readonly operations: number;
  readonly unknown: number;
  readonly violations: readonly { readonly number: number; readonly history: readonly Event[] }[];
};

/** Records concurrent histories of single verifications and checks each; `violations` must be empty. */
export async function runHistories(options: HistoriesOptions): Promise<HistoriesResult> {
  const violations: { number: number; history: Event[] }[] = [];
  let next = 0;
  let operations = 0;
  let unknown = 0;
  const lane = async (_: unknown, i: number) => {
    const recorder = new Recorder(options.urls, options.accessKey, 2 + (i % 3));
    for (let at = next++; at < options.histories; at = next++) {
      const number = options.firstNumber + at;
      const history = await recorder.record(number, seeded(options.seed + at));
      operations += history.length;
      unknown += history.filter((event) => event.answer === null).length;
      if (!isLinearizable(history)) violations.push({ number, history });
    }
    recorder.close();
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return { checked: options.histories, operations, unknown, violations };
}
