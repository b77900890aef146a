import { setTimeout as sleep } from 'node:timers/promises';
import { CHANNELS, type Channel } from '../domain/message.ts';
import { type Command, type Told, WrongUsage } from './command.ts';
import type { Surroundings } from './surroundings.ts';
import { type Client, clientOf, type Wire } from './wire-client.ts';

const POLL_MS = 300;
const ENDS = ['delivered', 'delivery_failed', 'expired', 'answered', 'failed'];

export const send: Command = {
  does: 'Sends a code to somebody by a Roost that runs, follows it, and asks for the code',
  words: ['RECIPIENT'],
  options: {
    channel: { type: 'string' },
    wait: { type: 'boolean' },
    timeout: { type: 'string' },
    originator: { type: 'string' },
  },
  optionWords: [
    ['--channel sms', `one of ${CHANNELS.join(', ')} (sms, or email for an address)`],
    ['--wait', 'follows the message, then asks for the code and checks it'],
    ['--timeout 300', 'how long the code works, in seconds (300)'],
    ['--originator NAME', 'who it says it is from'],
  ],
  more: [
    'Speaks to the Roost of these settings, or to ROOST_URL, with the key in ROOST_ACCESS_KEY (or ROOST_LIVE_KEY,',
    'ROOST_TEST_KEY). A live key sends for real where a provider is configured. The code is asked for on standard input.',
    'Ends with 0 when it was sent and, with --wait, verified; otherwise with 1.',
  ],
  examples: [
    'ROOST_ACCESS_KEY=live_… roost send +31612345678 --wait',
    'roost send ann@example.com --channel email --originator verify@example.org',
  ],
  async run(surroundings, { words: [recipient = ''], options, isJson }) {
    const channel = channelOf(options.channel, recipient);
    const client = clientOf(surroundings);
    const told = (text: string) => (isJson ? undefined : surroundings.print(text));
    const made = await client('POST', '/verify', {
      ...{ recipient, type: channel, timeout: String(options.timeout ?? 300) },
      ...(options.originator === undefined ? {} : { originator: String(options.originator) }),
    });
    told(`Created ${made.id}; the code works until ${made.validUntilDatetime}.`);
    if (options.wait !== true) return outcome(made, 'sent', 0);
    const status = await follow(client, made, channel, told);
    if (status === 'failed' || status === 'delivery_failed') return outcome(made, status, 1);
    return askForCode(surroundings, client, made, told);
  },
};

function outcome({ id }: Wire, status: string, exitCode: 0 | 1): Told {
  const text = { sent: 'Sent.', verified: 'Verified.' }[status] ?? `It ended as ${status}.`;
  return { json: { id, status }, text: [text], exitCode };
}

function channelOf(given: string | boolean | undefined, recipient: string): Channel {
  if (given === undefined) return recipient.includes('@') ? 'email' : 'sms';
  const found = CHANNELS.find((each) => each === given);
  if (found === undefined) throw new WrongUsage(`--channel: set one of ${CHANNELS.join(', ')}`);
  return found;
}

/** Tells every change of the message until it has an end, or the code has. */
async function follow(
  client: Client,
  made: Wire,
  channel: Channel,
  told: (text: string) => void,
): Promise<string> {
  const { pathname } = new URL(made.messages.href);
  const path = pathname.slice(pathname.search(/\/(?:messages|voicemessages|verify)\//));
  let last = '';
  while (Date.parse(made.validUntilDatetime) > Date.now()) {
    const message = await client('GET', path);
    const status: string = channel === 'email' ? message.status : message.recipients.items[0].status;
    if (status !== last) told(`The message is ${status.replace('_', ' ')}.`);
    last = status;
    // A mail server's word is the last that comes of an e-mail.
    if (ENDS.includes(status) || (channel === 'email' && status === 'sent')) break;
    await sleep(POLL_MS);
  }
  return last;
}

async function askForCode(
  { ask, complain }: Surroundings,
  client: Client,
  made: Wire,
  told: (text: string) => void,
): Promise<Told> {
  for (;;) {
    const token = await ask('The code: ');
    if (token === null) return outcome(made, 'sent', 1);
    try {
      await client('POST', `/verify/${made.id}`, { token });
      return outcome(made, 'verified', 0);
    } catch (error) {
      complain((error as Error).message);
      const { status } = await client('GET', `/verify/${made.id}`);
      if (status !== 'sent') return outcome(made, status, 1);
      told('Try again.');
    }
  }
}
