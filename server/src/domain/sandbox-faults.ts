import { type Failure, refuse } from '../kernel/failure.ts';
import { CHANNELS, type Channel } from './message.ts';

/** What may be made to go wrong with the sandbox, on purpose. */
export const FAULT_KINDS = ['slow', 'busy', 'refused', 'time-out', 'undelivered', 'no-receipt'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault ends by itself, so that nobody looks for long at what somebody forgot. */
export const FAULT_MS = 3_600_000;
/** Longer than any provider is waited for. */
export const MOST_SLOW_SECONDS = 30;
export const USUAL_SLOW_SECONDS = 5;

/** A fault as it is switched on. */
export type NewFault = {
  readonly channel: Channel;
  readonly kind: FaultKind;
  /** How long the sandbox takes to answer; 0 but for `slow`. */
  readonly slowMs: number;
  /** Of how many sendings in a hundred, 1 to 100. */
  readonly sharePercent: number;
};
/** A channel of the sandbox has one fault at most. From `untilMs` on it is over. */
export type SandboxFault = NewFault & { readonly untilMs: number };

/** A change: these are switched on, and the other faults of `channels` are over. */
export type FaultChange = { readonly channels: readonly Channel[]; readonly faults: readonly NewFault[] };

/** Whether a sending meets a fault. `roll` is 0 to 99, each equally likely. */
export const isMet = ({ sharePercent }: SandboxFault, roll: number): boolean => roll < sharePercent;

export const inForce = (faults: readonly SandboxFault[], nowMs: number): readonly SandboxFault[] =>
  faults.filter(({ untilMs }) => nowMs < untilMs);

/** The faults after a change, those that are over left out, in the order of the channels. */
export function changedFaults(
  faults: readonly SandboxFault[],
  { channels, faults: wanted }: FaultChange,
  nowMs: number,
): readonly SandboxFault[] {
  const others = inForce(faults, nowMs).filter(({ channel }) => !channels.includes(channel));
  const added = wanted.map((fault) => ({ ...fault, untilMs: nowMs + FAULT_MS }));
  return [...others, ...added].sort((a, b) => CHANNELS.indexOf(a.channel) - CHANNELS.indexOf(b.channel));
}

/**
 * Reads what somebody typed: `channel` (or `all`), `kind` (or `none`, which switches off), `seconds` for slow ones, and
 * `share` in percent.
 * @throws Failure `invalid_parameter`
 */
export function readFaultChange(typed: { readonly [field: string]: unknown }): FaultChange {
  const channels = typed.channel === 'all' ? CHANNELS : CHANNELS.filter((one) => one === typed.channel);
  if (channels.length === 0) throw invalid('channel', `one of all, ${CHANNELS.join(', ')}`);
  if (typed.kind === 'none') return { channels, faults: [] };
  const kind = FAULT_KINDS.find((one) => one === typed.kind);
  if (kind === undefined) throw invalid('kind', `one of none, ${FAULT_KINDS.join(', ')}`);
  const sharePercent = numberOf(typed.share ?? 100, 100);
  if (sharePercent === null) throw invalid('share', 'a whole number of percent from 1 to 100');
  const seconds = kind === 'slow' ? numberOf(typed.seconds ?? USUAL_SLOW_SECONDS, MOST_SLOW_SECONDS) : 0;
  if (seconds === null) throw invalid('seconds', `a whole number from 1 to ${MOST_SLOW_SECONDS}`);
  const fault = { kind, slowMs: seconds * 1_000, sharePercent };
  return { channels, faults: channels.map((channel) => ({ channel, ...fault })) };
}

/** A whole number from 1 to `most`, as a form or JSON has it; null for anything else. */
function numberOf(typed: unknown, most: number): number | null {
  const value = typeof typed === 'string' && /^\d{1,3}$/.test(typed) ? Number(typed) : typed;
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  return isWhole && value >= 1 && value <= most ? value : null;
}

const invalid = (name: string, right: string): Failure =>
  refuse('invalid_parameter', `${name} is invalid; give ${right}`, name);
