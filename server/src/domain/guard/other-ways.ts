import type { Channel } from '../message.ts';
import { isText } from '../template.ts';
import { judge } from './judge.ts';
import { OF_CROWD, type Rule } from './rules.ts';
import type { Readings, Sending } from './sending.ts';

/** How else somebody may be reached whom nothing is sent now. */
export type OtherWays = {
  /** All that the project has beside what was asked for: the same whichever rule refused. */
  readonly all: readonly Channel[];
  /** Those of them by which it would be let through now. */
  readonly open: readonly Channel[];
};

/** Channels that are another way than the one asked for: a text that flashes reaches nobody whom a text does not. */
export const othersThan = (asked: Channel, channels: readonly Channel[]): readonly Channel[] =>
  channels.filter(
    (channel) => channel !== asked && channel !== 'flash' && !(asked === 'flash' && isText(channel)),
  );

/**
 * Asks the rules again for each other channel. It tells nobody more than asking by that channel would. Of an e-mail they are
 * not asked what they know of the number, as it goes to an address; what its recipient had so far is not known here.
 */
export function otherWays(
  rules: readonly Rule[],
  sending: Sending,
  readings: Readings,
  all: readonly Channel[],
  nowMs: number,
): OtherWays {
  const open = all.filter((channel) => {
    const by =
      channel === 'email' ? byMail(sending, readings) : { sending: { ...sending, channel }, readings };
    return judge(rules, by.sending, by.readings, 'refuse', nowMs).refusal === null;
  });
  return { all, open };
}

function byMail(sending: Sending, { counted, ...readings }: Readings) {
  const ofNumber = new Set<string>(OF_CROWD);
  const others = Object.entries(counted).filter(([kind]) => !ofNumber.has(kind));
  const nowhere = { channel: 'email', range: null, line: null, country: null, isProven: false } as const;
  return {
    sending: { ...sending, ...nowhere, micros: 0 },
    readings: { ...readings, recent: [], counted: Object.fromEntries(others) },
  };
}
