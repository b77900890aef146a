import { CHANNELS, type Channel } from '../../domain/message.ts';
import { channelName } from './figure-words.ts';
import type { Choice } from './pieces.ts';

/** A number or mailbox that an operator has confirmed as their own. */
export type OwnRecipient = {
  /** Of the factor that it is. */
  readonly id: string;
  readonly kind: 'phone' | 'email';
  /** In full: for sending alone. */
  readonly address: string;
  /** With most of it hidden, for pages. */
  readonly masked: string;
};

/** What can be chosen as the target of a test: a channel, and the id of what it is to reach. No number is in it. */
export type TestTarget = Choice & { readonly channel: Channel; readonly own: OwnRecipient };

/** Each of an operator's recipients by each of these channels that reaches it. WhatsApp carries codes, and no test. */
export const testTargets = (
  channels: readonly Channel[],
  own: readonly OwnRecipient[],
): readonly TestTarget[] =>
  CHANNELS.filter((channel) => channel !== 'whatsapp' && channels.includes(channel)).flatMap((channel) =>
    own
      .filter(({ kind }) => (kind === 'email') === (channel === 'email'))
      .map((one) => ({
        ...{ channel, own: one, value: `${channel} ${one.id}` },
        name: `${channelName(channel)} to ${one.masked}`,
      })),
  );
