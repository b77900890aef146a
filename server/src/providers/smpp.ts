import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecured } from 'node:tls';
import type { Outbound, SendOutcome } from '../domain/message.ts';
import type { ProviderDeps } from './deps.ts';
import { plainReference } from './hand-over.ts';
import type { CheckOutcome, Provider } from './provider.ts';
import {
  choice,
  optional,
  type Setting,
  type SettingsOf,
  secretLines,
  secretText,
  text,
  usually,
  wholeNumber,
} from './settings.ts';
import { createLink, type Link } from './smpp/link.ts';
import { COMMAND, STATUS, statusName } from './smpp/pdu.ts';
import { keptId, readDelivery } from './smpp/receipt.ts';
import { submitBodies } from './smpp/submit.ts';
import type { Reply } from './smpp/window.ts';

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/;
const isPem = (value: string): boolean =>
  /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/.test(value);

/** Certificates that are trusted besides those that Node knows; they are no secret. */
const certificates = (description: string): Setting<string | null> => ({
  ...optional(secretLines(description, isPem)),
  secret: false,
});

export const smppSettings = {
  host: text('host name or address of the SMSC', HOST, 'set a host name or an address'),
  port: wholeNumber('port of the SMSC', 1, 65_535, 2775),
  tls: usually(choice('whether the connection is encrypted', ['on', 'off']), 'on'),
  ca: certificates('certificates of an authority of your own, as PEM, instead of those that Node trusts'),
  systemId: text('the system_id of the account', /^[\x21-\x7e]{1,64}$/),
  password: secretText('the password of the account', /^[\x20-\x7e]{1,64}$/),
  systemType: optional(text('the system_type of the account', /^[\x21-\x7e]{1,12}$/)),
  serviceType: optional(text('the service_type of messages', /^[\x21-\x7e]{1,5}$/)),
  originator: optional(
    text(
      'the sender of every message: a number or up to 11 letters and digits; otherwise the originator of the create',
      /^(\+?\d{3,17}|[A-Za-z0-9 ]{1,11})$/,
      'set a number with its country code, or up to 11 letters, digits and spaces',
    ),
  ),
  alphabet: usually(
    choice('the plain alphabet of the SMSC: GSM-7 (data_coding 0), or ISO 8859-1 (data_coding 3)', [
      'gsm7',
      'latin1',
    ]),
    'gsm7',
  ),
  longMessages: usually(
    choice('how long texts go: in parts with a header (udh), or whole as message_payload', [
      'udh',
      'payload',
    ]),
    'udh',
  ),
  receiptIds: usually(
    choice('how receipts write the message ids of submit_sm_resp: the same, or in hex or decimal instead', [
      'same',
      'hex',
      'decimal',
    ]),
    'same',
  ),
  shortCode: usually(
    text(
      'type of number and numbering plan of senders of up to 6 digits',
      /^[0-6]\/(?:0|1|3|4|6|8|9|10|14|18)$/,
      'set two numbers such as 3/0',
    ),
    '3/0',
  ),
  window: wholeNumber('messages that may be without an answer at one time', 1, 1_000, 10),
  perSecond: wholeNumber('messages a second at most; 0 for as many as the SMSC takes', 0, 10_000, 0),
  enquireSeconds: wholeNumber('a silent connection is tested after so many seconds', 5, 600, 30),
};

const PATIENCE_MS = 5_000;

/**
 * An own client of SMPP 3.4 over TCP and TLS, bound as transceiver. One connection is kept and made anew; receipts come in
 * over it and go to `deps.onReceipt`. With that it connects at once, so that receipts come after a restart too.
 */
export function smppProvider(
  id: string,
  settings: SettingsOf<typeof smppSettings>,
  { nowMs, random, onReceipt }: ProviderDeps,
): Provider {
  const { systemId, password, receiptIds } = settings;
  const link = createLink({
    ...{ systemId, password, systemType: settings.systemType ?? '', patienceMs: PATIENCE_MS },
    ...{ window: settings.window, perSecond: settings.perSecond, enquireMs: settings.enquireSeconds * 1_000 },
    connect: () => connectTo(settings),
    readyEvent: settings.tls === 'on' ? 'secureConnect' : 'connect',
    spread: () => random.bytes(1).readUInt8() / 255,
    async deliver(command, body) {
      const reading = readDelivery(command, body, receiptIds);
      if (reading !== null) await onReceipt?.(id, reading);
      return STATUS.ok;
    },
  });
  const submit = {
    alphabet: settings.alphabet,
    longMessages: settings.longMessages,
    serviceType: settings.serviceType ?? '',
    shortCode: settings.shortCode,
    receipts: onReceipt === undefined ? 'none' : 'asked',
  } as const;
  if (onReceipt !== undefined) link.open();
  return {
    id,
    channels: ['sms', 'flash'],
    deduplicates: false,
    keepsCodes: false,
    send(message, signal) {
      const sender = settings.originator ?? message.originator;
      const bodies = submitBodies(message, sender, submit, nowMs());
      const isWanted = () => nowMs() < message.expiresAtMs;
      return sendAll(link, bodies, message, { signal, isWanted, keep: (name) => keptId(name, receiptIds) });
    },
    async check(signal): Promise<CheckOutcome> {
      const reply = await link.ask(COMMAND.enquireLink, Buffer.alloc(0), signal);
      if (reply.kind !== 'answer') return { kind: 'bad', reason: reply.reason };
      if (reply.status !== STATUS.ok) {
        return { kind: 'bad', reason: `the SMSC answered ${statusName(reply.status)}` };
      }
      return { kind: 'good', note: `bound as ${systemId}` };
    },
    close: (signal) => link.close(signal),
  };
}

function connectTo({ host, port, tls, ca }: SettingsOf<typeof smppSettings>): Socket {
  if (tls === 'off') return connectPlain({ host, port });
  return connectSecured({
    ...{ host, port, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(ca === null ? {} : { ca }),
  });
}

type Sending = {
  readonly signal: AbortSignal;
  readonly isWanted: () => boolean;
  readonly keep: (reference: string) => string;
};

/** Sends the parts one after another. The last one's name is the message's, since its receipt is the one that is asked for. */
async function sendAll(
  link: Link,
  bodies: readonly Buffer[],
  message: Outbound,
  { signal, isWanted, keep }: Sending,
): Promise<SendOutcome> {
  let outcome: SendOutcome = { kind: 'refused', reason: 'the message is empty' };
  for (const body of bodies) {
    outcome = outcomeOf(await link.ask(COMMAND.submitSm, body, signal, isWanted), message, keep);
    if (outcome.kind !== 'accepted') return outcome;
  }
  return outcome;
}

/** The SMSC has not taken it, and may take it soon. */
const BUSY: readonly number[] = [
  ...[STATUS.throttled, STATUS.queueFull, STATUS.systemError, STATUS.temporaryError, STATUS.notBound],
];
const THROTTLED_MS = 1_000;

function outcomeOf(reply: Reply, { code, to }: Outbound, keep: (name: string) => string): SendOutcome {
  if (reply.kind === 'unknown') return reply;
  if (reply.kind === 'unsent') {
    if (reply.isRefused) return { kind: 'refused', reason: reply.reason };
    return { kind: 'busy', retryAfterMs: reply.retryAfterMs };
  }
  const { status, body } = reply;
  if (status === STATUS.ok) {
    const end = body.indexOf(0);
    const name = plainReference(body.toString('latin1', 0, end < 0 ? body.length : end).slice(0, 65));
    const isTelling = name !== null && (name === to.slice(1) || (code !== '' && name.includes(code)));
    return { kind: 'accepted', reference: name === null || isTelling ? null : keep(name) };
  }
  if (BUSY.includes(status)) {
    return { kind: 'busy', retryAfterMs: status === STATUS.throttled ? THROTTLED_MS : null };
  }
  return { kind: 'refused', reason: `the SMSC refused the message with ${statusName(status)}` };
}
