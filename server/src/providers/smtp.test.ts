import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { freePort } from '../../../testing/free-port.ts';
import { conversations, playMail } from '../../test/providers/generated-mail.ts';
import { type MailServerOptions, startMailServer } from '../../test/providers/mail-server.ts';
import {
  CODE,
  configured,
  NOW_MS,
  never,
  outbound,
  problemsOf,
  soonAfter,
} from '../../test/providers/samples.ts';
import { startHostile } from '../../test/providers/smsc.ts';
import type { Outbound } from '../domain/message.ts';
import type { Provider } from './provider.ts';

type Given = Readonly<Record<string, unknown>>;
const FROM = 'Bank <no-reply@bank.example>';
const TO = 'ann@example.com';

function made(t: TestContext, port: number, given: Given = {}): Provider {
  const provider = configured('smtp', { host: '127.0.0.1', port, tls: 'off', from: FROM, ...given });
  t.after(() => provider.close?.(AbortSignal.abort()));
  return provider;
}

async function started(t: TestContext, given: Given = {}, options: MailServerOptions = {}) {
  const server = await startMailServer(t, options);
  return { server, provider: made(t, server.port, given) };
}

const mail = (more: Partial<Outbound> = {}, subject: string | null = 'Your code'): Outbound =>
  outbound('email', { to: TO, wording: { ...outbound('email').wording, subject }, ...more });

const headersOf = (raw: string): string => (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
const headerOf = (raw: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(headersOf(raw))?.[1];

/** A part of a message by its type, decoded. */
function partOf(raw: string, type: string): string {
  const part = raw
    .split(/\r\n--[^\r\n]+\r\n/)
    .find((each) => each.toLowerCase().includes(`content-type: ${type}`));
  const [head = '', ...body] = (part ?? '').split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/quoted-printable/i.test(head)) {
    const bytes = text
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
  return /base64/i.test(head) ? Buffer.from(text, 'base64').toString('utf8') : text;
}

async function sentBy(t: TestContext, message: Outbound, given: Given = {}): Promise<string> {
  const { server, provider } = await started(t, given);
  const outcome = await provider.send(message, never());
  assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
  assert.deepEqual(server.received[0]?.to, [message.to]);
  return server.received[0]?.raw ?? '';
}

describe('an e-mail', () => {
  test('says who it is from and for, what it is, and that no program answers it', async (t) => {
    const raw = await sentBy(t, mail());
    assert.equal(headerOf(raw, 'From'), 'Roost <no-reply@bank.example>');
    assert.equal(headerOf(raw, 'To'), TO);
    assert.equal(headerOf(raw, 'Subject'), 'Your code');
    assert.equal(headerOf(raw, 'Auto-Submitted'), 'auto-generated');
    assert.equal(headerOf(raw, 'Message-ID'), `<${outbound('email').messageId}@bank.example>`);
    assert.equal(headerOf(raw, 'X-Mailer'), undefined);
  });

  test('has the text as it is, and a page with the code large and nothing from elsewhere', async (t) => {
    const text = `Your code is ${CODE}.\nDo not tell <anybody> & keep it.`;
    const raw = await sentBy(t, mail({ text }));
    assert.equal(partOf(raw, 'text/plain').trim().replaceAll('\r\n', '\n'), text);
    const page = partOf(raw, 'text/html');
    assert.match(page, new RegExp(`<p class="code"><bdi dir="ltr">${CODE}</bdi></p>`));
    assert.match(page, /<p>Do not tell &lt;anybody&gt; &amp; keep it\.<\/p>/);
    assert.match(page, /color-scheme" content="light dark"/);
    assert.doesNotMatch(page, /<(script|img|link|iframe|object|form|a)\b|url\(|https?:|@import/i);
    assert.equal(page.split(CODE).length, 2);
  });

  test('keeps right-to-left words and their code readable in both parts', async (t) => {
    const raw = await sentBy(t, mail({ text: `رمزك هو: \u2068${CODE}\u2069` }, 'رمزك'));
    assert.ok(partOf(raw, 'text/plain').includes(`\u2068${CODE}\u2069`));
    const page = partOf(raw, 'text/html');
    assert.match(page, /<p>رمزك هو:<\/p>/);
    assert.doesNotMatch(page, /[\u2068\u2069]/);
  });

  const senders: [originator: string, shown: string][] = [
    ['Code', 'Bank <no-reply@bank.example>'],
    ['ACME', 'ACME <no-reply@bank.example>'],
    ['login@bank.example', 'Bank <login@bank.example>'],
    ['ceo@other.example', 'Bank <no-reply@bank.example>'],
  ];
  test('is from an address of the configured domain, whatever the originator says', async (t) => {
    const { server, provider } = await started(t);
    for (const [originator, shown] of senders) {
      await provider.send(mail({ originator }), never());
      assert.equal(headerOf(server.received.at(-1)?.raw ?? '', 'From'), shown, originator);
    }
  });

  test('gets no header from anything that it is given, and no second recipient', async (t) => {
    const { server, provider } = await started(t);
    const evil = 'x\r\nBcc: eve@evil.example\r\nX-Evil: 1\r\n\r\nhello';
    const unit = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\0',
      ',',
      '<',
      '>',
      '"',
      ':',
      'a',
      ' ',
      '\u2028',
      '=?',
      'é',
    );
    const text = fc.oneof(fc.constant(evil), fc.string({ unit, maxLength: 40 }));
    const names = new Set<string>();
    const property = fc.asyncProperty(text, text, text, async (subject, originator, messageId) => {
      server.received.length = 0;
      const outcome = await provider.send(mail({ originator, messageId }, subject), never());
      if (outcome.kind !== 'accepted') return;
      const [received] = server.received;
      assert.deepEqual(received?.to, [TO]);
      for (const line of headersOf(received?.raw ?? '').split('\r\n')) names.add(line.split(':')[0] ?? '');
    });
    await fc.assert(property, { numRuns: 60, examples: [[evil, evil, evil]] });
    const known =
      'From To Subject Message-ID Auto-Submitted X-Auto-Response-Suppress Date MIME-Version Content-Type';
    assert.deepEqual([...names].sort(), known.split(' ').sort());
    const many = await provider.send(mail({ to: 'ann@example.com, eve@evil.example' }), never());
    const odd = await provider.send(mail({ to: 'ann@example.com\r\nRCPT TO:<eve@evil.example>' }), never());
    for (const { to } of server.received)
      assert.ok(!to.includes('eve@evil.example'), JSON.stringify([many, odd]));
  });

  test('is signed by DKIM when a key is set, over its sender, recipient, subject and parts', async (t) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const dkimKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const given = { dkimDomain: 'bank.example', dkimSelector: 'roost', dkimKey };
    const raw = await sentBy(t, mail(), given);
    const signature = headerOf(raw, 'DKIM-Signature') ?? '';
    assert.match(signature, /d=bank\.example;.*s=roost;/);
    for (const name of ['from', 'to', 'subject', 'message-id', 'content-type']) {
      assert.match(signature, new RegExp(`[=:]${name}[:;]`, 'i'), name);
    }
    assert.ok(isSigned(raw, createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))));
  });
});

/** Relaxed header canonicalization of RFC 6376, enough to check our own signature. */
function isSigned(raw: string, key: ReturnType<typeof createPublicKey>): boolean {
  const signature = headerOf(raw, 'DKIM-Signature') ?? '';
  const names = (/;\s*h=([^;]+);/.exec(signature)?.[1] ?? '').replace(/\s/g, '').toLowerCase().split(':');
  const tidy = (name: string, value: string) => `${name}:${value.replace(/\s+/g, ' ').trim()}`;
  const signed = names.map((name) => `${tidy(name, headerOf(raw, name) ?? '')}\r\n`).join('');
  const [without = '', bytes = ''] = signature.split(/(?<=; )b=/);
  const data = signed + tidy('dkim-signature', `${without}b=`);
  return verify('sha256', Buffer.from(data), key, Buffer.from(bytes.replace(/\s/g, ''), 'base64'));
}

describe('what becomes of it', () => {
  const refused = (what: string) => ({ kind: 'refused', reason: `the mail server refused it with ${what}` });
  const BUSY = { kind: 'busy', retryAfterMs: null };
  const cases: [what: string, options: MailServerOptions, outcome: object][] = [
    ['a greylisting server', { recipient: () => ({ status: 451, text: '4.7.1 try again later' }) }, BUSY],
    ['a server that is full', { message: () => ({ status: 452, text: '4.3.1 no room' }) }, BUSY],
    ['a server that closes', { recipient: () => ({ status: 421, text: 'bye' }) }, BUSY],
    [
      'an unknown recipient',
      { recipient: (to) => ({ status: 550, text: `5.1.1 ${to} is unknown` }) },
      refused('550: 5.1.1'),
    ],
    [
      'a refused message',
      { message: () => ({ status: 554, text: `5.7.1 spam with ${CODE}` }) },
      refused('554: 5.7.1'),
    ],
  ];
  for (const [what, options, outcome] of cases) {
    test(`at ${what} is ${JSON.stringify(outcome)}, and the next one is sent`, async (t) => {
      let isFirst = true;
      const once = <A extends unknown[], R>(say: ((...args: A) => R) | undefined) =>
        say && ((...args: A) => (isFirst ? say(...args) : null));
      const { recipient, message } = options;
      const { server, provider } = await started(
        t,
        {},
        {
          ...(recipient === undefined ? {} : { recipient: once(recipient) as typeof recipient }),
          ...(message === undefined ? {} : { message: once(message) as typeof message }),
        },
      );
      assert.deepEqual(await provider.send(mail(), never()), outcome);
      isFirst = false;
      assert.equal((await provider.send(mail(), never())).kind, 'accepted');
      assert.equal(server.received.length, 1);
    });
  }

  test('with wrong credentials is refused, and check says so, without the password', async (t) => {
    const given = { user: 'roost', password: 'wr0ng' };
    const { server, provider } = await started(t, given, { password: 'right' });
    assert.deepEqual(await provider.send(mail(), never()), refused('535: it does not take the credentials'));
    const checked = await provider.check?.(never());
    assert.deepEqual(checked, { kind: 'bad', reason: '127.0.0.1 does not take the user name and password' });
    assert.equal(server.received.length, 0);
  });

  test('with right credentials is accepted, and check sends nothing', async (t) => {
    const { server, provider } = await started(
      t,
      { user: 'roost', password: 'right' },
      { password: 'right' },
    );
    assert.deepEqual(await provider.check?.(never()), { kind: 'good', note: 'signed in as roost' });
    assert.equal(server.received.length, 0);
    assert.equal((await provider.send(mail(), never())).kind, 'accepted');
  });

  test('where nobody listens is busy, and check says where that is', async (t) => {
    const port = await freePort();
    const provider = made(t, port);
    assert.deepEqual(await provider.send(mail(), never()), BUSY);
    const reason = `no mail server answers at 127.0.0.1:${port}`;
    assert.deepEqual(await provider.check?.(never()), { kind: 'bad', reason });
  });

  test('at a server that is slow to answer the message is unknown, and is not sent again', async (t) => {
    const { server, provider } = await started(t, {}, { waitMs: 2_000 });
    const outcome = await provider.send(
      mail(),
      soonAfter(t, () => server.received.length === 1),
    );
    assert.equal(outcome.kind, 'unknown');
    await sleep(200);
    assert.equal(server.received.length, 1);
  });

  test('at a server that does not greet is busy when its time is over', async (t) => {
    const port = await startHostile(t, () => undefined);
    assert.deepEqual(await made(t, port).send(mail(), AbortSignal.timeout(200)), BUSY);
  });

  for (const [what, at, outcome] of [
    ['before the message', 3, 'busy'],
    ['after the message was asked for', 4, 'unknown'],
    ['after all of it was sent', 5, 'unknown'],
  ] as const) {
    test(`over a connection that breaks ${what} is ${outcome}`, async (t) => {
      const replies = Array.from({ length: 9 }, (_, turn) => (turn === at ? 'close' : 'right'));
      const port = await startHostile(t, (socket) => {
        if (at !== 4) return playMail(socket, replies);
        // Broken in the middle of the message: after its first bytes.
        playMail(
          socket,
          Array.from({ length: 9 }, () => 'right'),
        );
        socket.on('data', (chunk: Buffer) => {
          if (chunk.includes('MIME-Version') || chunk.includes('Content-Type')) socket.resetAndDestroy();
        });
      });
      assert.equal((await made(t, port).send(mail(), never())).kind, outcome);
    });
  }

  test('after its expiry, or when it was given up before, is not sent', async (t) => {
    const { server, provider } = await started(t);
    const late = await provider.send(mail({ expiresAtMs: NOW_MS }), never());
    assert.deepEqual(late, { kind: 'refused', reason: 'the code expired before it could be sent' });
    assert.deepEqual(await provider.send(mail(), AbortSignal.abort()), BUSY);
    assert.equal(server.connections(), 0);
  });

  test('over one connection after another message: connections are kept', async (t) => {
    const { server, provider } = await started(t, { connections: 1 });
    for (let i = 0; i < 5; i += 1) assert.equal((await provider.send(mail(), never())).kind, 'accepted');
    assert.deepEqual([server.received.length, server.connections()], [5, 1]);
  });
});

describe('its connection', () => {
  const file = (name: string) => readFileSync(new URL(`../../test/store/${name}`, import.meta.url), 'utf8');
  const tls = { key: file('localhost.key.pem'), cert: file('localhost.pem') };
  const NOT_TRUSTED = 'the mail server offers no TLS, or its certificate is not trusted for its address';

  for (const [mode, isImplicit] of [
    ['starttls', false],
    ['implicit', true],
  ] as const) {
    test(`is encrypted by ${mode} and trusts an authority that is set, and no other`, async (t) => {
      const server = await startMailServer(t, { tls, isImplicit });
      const given = { host: 'localhost', tls: mode };
      const trusting = made(t, server.port, { ...given, ca: tls.cert });
      assert.equal((await trusting.send(mail(), never())).kind, 'accepted');
      const strict = made(t, server.port, given);
      assert.deepEqual(await strict.send(mail(), never()), { kind: 'refused', reason: NOT_TRUSTED });
      assert.deepEqual(await strict.check?.(never()), { kind: 'bad', reason: NOT_TRUSTED });
      assert.equal(server.received.length, 1);
    });
  }

  test('is not used in the clear where TLS is set and the server offers none', async (t) => {
    const { server, provider } = await started(t, { tls: 'starttls' });
    assert.equal((await provider.send(mail(), never())).kind, 'refused');
    assert.equal(server.received.length, 0);
  });
});

test('of 2,000 generated replies of a hostile server none makes it crash or hang beyond the time-out', async (t) => {
  const left = [...fc.sample(conversations(8), { numRuns: 2_000, seed: 20261123 })];
  let said = 0;
  const port = await startHostile(t, (socket) => {
    playMail(socket, left.pop() ?? [], () => {
      said += 1;
    });
  });
  while (said < 2_000 && left.length > 0) {
    const outcomes = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const provider = configured('smtp', { host: '127.0.0.1', port, tls: 'off', from: FROM });
        const startMs = performance.now();
        const outcome = await provider.send(mail(), AbortSignal.timeout(150));
        assert.ok(performance.now() - startMs < 15_000);
        await provider.close?.(AbortSignal.abort());
        return outcome;
      }),
    );
    assert.ok(!JSON.stringify(outcomes).includes(CODE));
  }
  assert.ok(said >= 2_000, `${said} replies`);
});

test('a server that sends a line without end is left long before it fills the memory', async (t) => {
  let written = 0;
  const left = Promise.withResolvers<void>();
  const port = await startHostile(t, (socket) => {
    const flood = Buffer.alloc(16_384, 'x');
    socket.once('close', left.resolve);
    const more = () => {
      while (!socket.destroyed && socket.write(flood)) written += flood.length;
    };
    socket.on('drain', more);
    more();
  });
  const outcome = await made(t, port).send(mail(), never());
  await left.promise;
  assert.notEqual(outcome.kind, 'accepted');
  assert.ok(written < 16 * 1_048_576, `${written} bytes`);
});

test('a wrong setting is told in one line that says what would be right, and never a secret', () => {
  assert.deepEqual(
    problemsOf('smtp', { host: 'smtp.example.com', from: 'Bank <x>', tls: 'yes', dkimKey: 'k3y' }),
    [
      'providers.gw.tls: set one of starttls, implicit, off',
      'providers.gw.from: set an address, such as Bank <no-reply@bank.example>',
      'providers.gw.dkimKey: set the private key that e-mails are signed with, as PEM',
    ],
  );
});
