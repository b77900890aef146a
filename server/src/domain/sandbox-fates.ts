import type { Channel } from './message.ts';

/** What the sandbox lets become of a message. Times in milliseconds after the hand-over. */
export type SandboxFate =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'undelivered' }
  | { readonly kind: 'late'; readonly afterMs: number }
  /** The first `times` sendings are answered with "busy, try again after". */
  | { readonly kind: 'busy'; readonly times: number; readonly retryAfterMs: number }
  | { readonly kind: 'refused' };

type MagicRecipient = {
  /** E.164. From the range that Ofcom keeps free for drama: nobody's telephone rings. */
  readonly phone: string;
  readonly email: string;
  readonly fate: SandboxFate;
  readonly sentence: string;
};

/** The recipients with a fate of their own, as the phone page and the guide list them. */
export const MAGIC_RECIPIENTS: readonly MagicRecipient[] = [
  {
    phone: '+447700900001',
    email: 'delivered@sandbox.example',
    fate: { kind: 'delivered' },
    sentence: 'Delivered at once, like to everybody else.',
  },
  {
    phone: '+447700900002',
    email: 'undelivered@sandbox.example',
    fate: { kind: 'undelivered' },
    sentence: 'Taken by the provider, then reported as not delivered.',
  },
  {
    phone: '+447700900003',
    email: 'late@sandbox.example',
    fate: { kind: 'late', afterMs: 10_000 },
    sentence: 'Delivered ten seconds late.',
  },
  {
    phone: '+447700900004',
    email: 'busy@sandbox.example',
    fate: { kind: 'busy', times: 2, retryAfterMs: 1_000 },
    sentence: 'The provider is busy twice, then takes the message.',
  },
  {
    phone: '+447700900005',
    email: 'refused@sandbox.example',
    fate: { kind: 'refused' },
    sentence: 'Refused by the provider for good.',
  },
];

/** What the sandbox does with a message to this recipient (E.164 with its plus sign, or an e-mail address). */
export const sandboxFate = (channel: Channel, recipient: string): SandboxFate =>
  magicRecipient(channel, recipient)?.fate ?? { kind: 'delivered' };

/** Whether this recipient has a fate of its own, which holds whatever else goes wrong. */
export const isMagic = (channel: Channel, recipient: string): boolean =>
  magicRecipient(channel, recipient) !== undefined;

function magicRecipient(channel: Channel, recipient: string): MagicRecipient | undefined {
  const wanted = recipient.toLowerCase();
  return MAGIC_RECIPIENTS.find(({ phone, email }) => wanted === (channel === 'email' ? email : phone));
}
