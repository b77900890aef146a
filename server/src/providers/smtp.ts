import type { Readable } from 'node:stream';
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
import { type Mailbox, mailOf, readMailbox } from './smtp/mail.ts';

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/;
const isPem = (kind: string) => (value: string) =>
  new RegExp(`^-----BEGIN [A-Z ]*${kind}-----\\r?\\n[\\s\\S]+-----END [A-Z ]*${kind}-----\\s*$`).test(value);

/** Certificates that are trusted besides those that Node knows; they are no secret. */
const certificates = (description: string): Setting<string | null> => ({
  ...optional(secretLines(description, isPem('CERTIFICATE'))),
  secret: false,
});

function mailbox(description: string): Setting<string> {
  const plain = text(description);
  return {
    ...plain,
    read(value, at, problems) {
      if (typeof value === 'string' && readMailbox(value) !== null) return value;
      problems.push(`${at}: set an address, such as Bank <no-reply@bank.example>`);
      return undefined;
    },
  };
}

export const smtpSettings = {
  host: text('host name or address of the mail server', HOST, 'set a host name or an address'),
  port: wholeNumber('port of the mail server', 1, 65_535, 587),
  tls: usually(
    choice(
      'how the connection is encrypted: by STARTTLS (port 587), from the start (port 465), or not at all',
      ['starttls', 'implicit', 'off'],
    ),
    'starttls',
  ),
  ca: certificates('certificates of an authority of your own, as PEM, instead of those that Node trusts'),
  user: optional(text('the user name of the account')),
  password: optional(secretText('the password of the account')),
  from: mailbox('the sender of every e-mail, such as Bank <no-reply@bank.example>'),
  name: optional(text('how this server calls itself to the mail server', HOST, 'set a host name')),
  connections: wholeNumber('connections at one time', 1, 50, 5),
  dkimDomain: optional(text('the domain that e-mails are signed for', HOST, 'set a domain')),
  dkimSelector: optional(text('the selector of the DKIM key', /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,62})$/)),
  dkimKey: optional(
    secretLines('the private key that e-mails are signed with, as PEM', isPem('PRIVATE KEY')),
  ),
};

const CONNECT_MS = 5_000;
const SILENCE_MS = 8_000;
const MOST_ANSWER_BYTES = 16_384;
const MESSAGES_A_CONNECTION = 100;

/** Any mail server, by nodemailer: connections are kept, encrypted and checked; e-mails have a text and an HTML part. */
export function smtpProvider(
  id: string,
  settings: SettingsOf<typeof smtpSettings>,
  { nowMs }: ProviderDeps,
): Provider {
  const from = readMailbox(settings.from) ?? { name: '', address: settings.from };
  const progresses = new Map<string, Progress>();
  let opened: Promise<Transport> | null = null;
  const transport = () => {
    opened ??= transportOf(settings, (messageId) => progresses.get(messageId));
    return opened;
  };
  const underWay = new Set<Promise<SendOutcome>>();
  async function send(message: Outbound, signal: AbortSignal): Promise<SendOutcome> {
    if (nowMs() >= message.expiresAtMs) {
      return { kind: 'refused', reason: 'the code expired before it could be sent' };
    }
    if (signal.aborted) return { kind: 'busy', retryAfterMs: null };
    const mail = mailOf(message, from);
    const progress: Progress = { stream: null, isBegun: false };
    progresses.set(mail.messageId, progress);
    try {
      await (await transport()).sendMail({ ...fieldsOf(mail), signal });
      return { kind: 'accepted', reference: plainReference(mail.messageId) };
    } catch (error) {
      return outcomeOf(error as MailError, progress.isBegun || progress.stream?.readableDidRead === true);
    } finally {
      progresses.delete(mail.messageId);
    }
  }
  return {
    id,
    channels: ['email'],
    deduplicates: false,
    keepsCodes: false,
    send(message, signal) {
      const sending = send(message, signal);
      underWay.add(sending);
      return sending.finally(() => underWay.delete(sending));
    },
    check: async (signal) => check(await transport(), settings, signal),
    async close(signal) {
      await Promise.race([Promise.all(underWay), fired(signal)]);
      if (opened !== null) (await opened).close();
    },
  };
}

type Transport = Awaited<ReturnType<typeof transportOf>>;

/** nodemailer is loaded with the first e-mail: most servers send none. */
async function transportOf(
  settings: SettingsOf<typeof smtpSettings>,
  progressOf: (messageId: string) => Progress | undefined,
) {
  const { host, port, tls, ca, user, password, name, connections } = settings;
  const { dkimDomain, dkimSelector, dkimKey } = settings;
  const isSigned = dkimDomain !== null && dkimSelector !== null && dkimKey !== null;
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...{ pool: true, host, port, maxConnections: connections, maxMessages: MESSAGES_A_CONNECTION },
    // A kept connection may have been closed meanwhile; a message of which nothing was sent may take another.
    ...{ maxRequeues: 1, logger: false, disableFileAccess: true, disableUrlAccess: true },
    ...{ secure: tls === 'implicit', requireTLS: tls === 'starttls', ignoreTLS: tls === 'off' },
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === null ? {} : { ca }) },
    ...(user === null ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    ...(name === null ? {} : { name }),
    ...(isSigned ? { dkim: { domainName: dkimDomain, keySelector: dkimSelector, privateKey: dkimKey } } : {}),
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, dnsTimeout: CONNECT_MS },
    ...{ socketTimeout: SILENCE_MS, maxResponseSize: MOST_ANSWER_BYTES },
  });
  // The stream of a message is read for the first time when the server has said 354: from then on it may have gone out.
  transport.use('stream', (mail, done) => {
    const { message } = mail;
    const progress = progressOf(String(message?.messageId() ?? '').replace(/[<>]/g, ''));
    if (progress !== undefined && message !== undefined) {
      const create = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        progress.isBegun ||= progress.stream?.readableDidRead === true;
        const stream = create(options);
        progress.stream = stream;
        return stream;
      };
    }
    done();
  });
  return transport;
}

/** How far a message has come. */
type Progress = { stream: Readable | null; isBegun: boolean };

function fieldsOf({ from, to, subject, messageId, text: plain, html }: ReturnType<typeof mailOf>) {
  return {
    from: addressOf(from),
    to: { name: '', address: to },
    subject,
    messageId: `<${messageId}>`,
    ...{ text: plain, html },
    xMailer: false as const,
    // RFC 3834: answers of absent people and their programs are not for us.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  } as const;
}

const addressOf = ({ name, address }: Mailbox) => ({ name, address });

async function check(
  transport: Transport,
  { host, port, user }: SettingsOf<typeof smtpSettings>,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const late = fired(signal).then((): CheckOutcome => {
    return { kind: 'bad', reason: `${host}:${port} did not answer in time` };
  });
  const asked = transport.verify().then(
    (): CheckOutcome => ({
      kind: 'good',
      note: user === null ? 'without signing in' : `signed in as ${user}`,
    }),
    (error: MailError): CheckOutcome => ({ kind: 'bad', reason: checkReason(error, host, port) }),
  );
  return Promise.race([asked, late]);
}

const fired = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

type MailError = Error & {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
};

/** nodemailer calls everything of the socket ESOCKET and keeps OpenSSL's sentence alone. */
const UNTRUSTED = /certificate|altnames|unable to (?:verify|get)|wrong version number|SSL routines|STARTTLS/i;
const isUntrusted = ({ code = '', message }: MailError): boolean =>
  code === 'ETLS' || (code === 'ESOCKET' && UNTRUSTED.test(message));
const NOT_TRUSTED = 'the mail server offers no TLS, or its certificate is not trusted for its address';

/** What an error says of the message. The server's words are not kept: they may name the recipient. */
function outcomeOf(error: MailError, isBegun: boolean): SendOutcome {
  const { code = '', responseCode = 0 } = error;
  if (responseCode >= 500 && responseCode !== 503) {
    const what = code === 'EAUTH' ? 'it does not take the credentials' : enhanced(error.response);
    return {
      kind: 'refused',
      reason: `the mail server refused it with ${responseCode}${what && `: ${what}`}`,
    };
  }
  if (responseCode >= 400 && responseCode < 500) return { kind: 'busy', retryAfterMs: null };
  if (isBegun) return { kind: 'unknown', reason: 'the mail server did not say whether it took the message' };
  if (isUntrusted(error)) return { kind: 'refused', reason: NOT_TRUSTED };
  if (code === 'EAUTH' || code === 'ENOAUTH') {
    return { kind: 'refused', reason: 'the mail server does not take the credentials' };
  }
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    return { kind: 'refused', reason: 'the mail server cannot take this address or message' };
  }
  return { kind: 'busy', retryAfterMs: null };
}

/** The enhanced status code (RFC 3463) of an answer, such as `5.1.1`. */
const enhanced = (response = ''): string => /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? '';

function checkReason(error: MailError, host: string, port: number): string {
  const { code = '', responseCode = 0 } = error;
  if (isUntrusted(error)) return NOT_TRUSTED;
  if (code === 'EAUTH' || code === 'ENOAUTH') return `${host} does not take the user name and password`;
  if (code === 'EDNS') return `the name ${host} is not known to the DNS`;
  if (responseCode >= 400) return `${host}:${port} answered ${responseCode}`;
  return `no mail server answers at ${host}:${port}`;
}
