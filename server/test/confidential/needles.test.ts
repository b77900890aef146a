import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  type Answer,
  type CallOptions,
  LIVE_KEY,
  type StartedRoost,
  startRoost,
  TEST_KEY,
} from '../support/roost.ts';
import { LOOPBACK, startReceiver } from '../webhooks/receiver.ts';
import { exchange } from '../wire/sockets.ts';
import { codeOf, messageOf, until, wrong } from '../wire/wire.ts';
import { findNeedles, formsOf, type Hit, type Needle } from './needle-scan.ts';

const PHONES = ['+31612345678', '+447700900003', '+447700900005', '+4915112345678'];
const MAILBOXES = [
  'ann.lee.needle@example.com',
  'undelivered@sandbox.example',
  'bob.needle@mail.example.org',
];
const STRANGER = 'live_STRANGERstrangerSTRANGERstranger';

/** All that must not be found: keys, recipients, and the codes that the story learns. */
function needlesFor(codes: readonly string[]): readonly Needle[] {
  const of = (what: string, secrets: readonly string[]) => secrets.map((secret) => ({ what, secret }));
  return [
    ...of(
      'an access key',
      [LIVE_KEY, TEST_KEY, STRANGER].map((key) => key.slice(5)),
    ),
    ...of(
      'a phone number',
      PHONES.map((phone) => phone.slice(1)),
    ),
    ...of('an e-mail address', MAILBOXES),
    ...of('a code', codes),
  ];
}

const filesOf = (folder: string): readonly (readonly [name: string, bytes: Buffer])[] =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]);

const scanFolder = (needles: readonly Needle[], roost: StartedRoost): readonly Hit[] =>
  filesOf(roost.folder).flatMap(([name, bytes]) => findNeedles(needles, bytes, name));

type Told = { readonly codes: string[]; readonly errors: string[]; readonly toLiveKey: string[] };

/** Drives everything that Verify does, rightly and wrongly, and gathers what was answered. */
async function tell(roost: StartedRoost): Promise<Told> {
  const told: Told = { codes: [], errors: [], toLiveKey: [] };
  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const answer = await roost.call(method, path, options);
    const whole = `${JSON.stringify([...answer.headers])}\n${answer.text}`;
    if (answer.status >= 400) told.errors.push(whole);
    if (options.key === LIVE_KEY) told.toLiveKey.push(whole);
    return answer;
  };
  for (const key of [LIVE_KEY, TEST_KEY]) {
    const mode = key === LIVE_KEY ? 'live' : 'test';
    for (const recipient of [...PHONES, ...MAILBOXES]) {
      const type = recipient.includes('@') ? 'email' : 'sms';
      const json = { recipient, type, tokenLength: 10, timeout: 300, returnToken: true };
      const { id } = (await call('POST', '/verify', { key, json })).body;
      const code = await codeOf(roost, id, mode);
      told.codes.push(code);
      await until('the message has left', async () => (await messageOf(roost, id, mode)).state !== 'pending');
      await call('GET', `/verify/${id}?token=${wrong(code)}`, { key });
      await call('GET', `/verify/${id}?token=${code}x`, { key });
      await call('GET', `/verify/${id}?token=${code}&token=${code}`, { key });
      await call('GET', `/verify/${id}?token=${code}`, { key: STRANGER });
      await call('GET', `/verify/${id}?token=${code}&access_key=${key}`, { key: null });
      await call('PUT', `/verify/${id}?token=${code}`, { key, json: { token: code } });
      await call('POST', `/verify/${id}?token=${code}`, { key, json: { token: code } });
      await call('POST', `/verify/${id}`, { key, json: { token: Number(code) } });
      await call('POST', `/verify/${id}`, {
        key,
        body: `{"token":"${code}`,
        headers: { 'content-type': 'application/json' },
      });
      await call('GET', `/verify/${code}`, { key });
      await call('GET', `/nowhere/${encodeURIComponent(recipient)}/${code}?k=${key}`, { key });
      await exchange(
        roost.url,
        `GET /verify/${id}?token=${code} HTTP/1.1\r\nAuthorization: AccessKey ${key}\r\n\r\n`,
      );
      await exchange(
        roost.url,
        `BROKEN /verify/${id}?token=${code} ${recipient}\r\nAuthorization: AccessKey ${key}\r\n\r\n`,
      );
      await call('GET', `/verify/${id}?token=${code}`, { key });
      await call('GET', `/verify/${id}?token=${code}`, { key });
      if (recipient !== PHONES[0]) await call('DELETE', `/verify/${id}`, { key });
    }
    for (const bad of [
      { recipient: `${PHONES[0]} ext 5` },
      { recipient: MAILBOXES[0] },
      { recipient: PHONES[0], originator: `${PHONES[1]}-${PHONES[2]}` },
      { recipient: PHONES[0], template: `${PHONES[1]} ${MAILBOXES[0]}` },
      { recipient: PHONES[0], timeout: Number(PHONES[0]?.slice(1)) },
      { recipient: PHONES[0], language: MAILBOXES[0] },
    ]) {
      assert.equal((await call('POST', '/verify', { key, json: bad })).status, 422);
    }
    for (let i = 0; i < 4; i += 1) await call('POST', '/verify', { key, json: { recipient: PHONES[3] } });
  }
  return told;
}

const TEXT = 'The needle of a text, which nobody else may read';

/** Webhooks of both modes, one of them of everything in each, and a `reportUrl`: their secrets must not be found either. */
async function watch(roost: StartedRoost, url: string): Promise<readonly Needle[]> {
  const secrets: Needle[] = [];
  for (const key of [LIVE_KEY, TEST_KEY]) {
    const made = await roost.call('POST', '/v1/webhooks', { key, json: { url } });
    const reports = await roost.call('GET', '/v1/webhooks/report-secret', { key });
    for (const { body } of [made, reports]) {
      secrets.push({ what: 'a webhook secret', secret: String(body.secret).slice('whsec_'.length, -1) });
    }
  }
  return secrets;
}

async function sendTexts(roost: StartedRoost): Promise<void> {
  for (const key of [LIVE_KEY, TEST_KEY]) {
    const headers = { 'idempotency-key': 'needle' };
    const json = { recipients: PHONES, originator: 'Roost', body: TEXT };
    const sent = await roost.call('POST', '/messages', { key, json, headers });
    assert.equal(sent.status, 201, sent.text);
    const look = { key, json: { msisdn: PHONES[0] }, headers: { 'idempotency-key': 'needle-too' } };
    assert.equal((await roost.call('POST', '/hlr', look)).status, 201);
    await roost.call('GET', `/lookup/${PHONES[1]}x`, { key });
  }
}

/** What cannot be reached from outside: the database broken while requests come in. */
async function tellWithoutStore(roost: StartedRoost, told: Told): Promise<void> {
  const intruder = new DatabaseSync(join(roost.folder, 'roost.db'));
  intruder.exec('DROP TABLE verifications');
  intruder.close();
  const json = { recipient: PHONES[0] };
  for (const [method, path, more] of [
    ['POST', '/verify', { json }],
    ['GET', `/verify/${'f'.repeat(32)}?token=${told.codes[0]}`, {}],
    ['GET', `/verify/${'f'.repeat(32)}`, {}],
  ] as const) {
    const answer = await roost.call(method, path, more);
    assert.ok(answer.status >= 500, 'without its table nothing can be kept');
    told.errors.push(`${JSON.stringify([...answer.headers])}\n${answer.text}`);
  }
}

test('after everything that Verify does, no code, key, number or address is in the log, an error, or the database', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const secrets = await watch(roost, receiver.url);
  const told = await tell(roost);
  await sendTexts(roost);
  const needles = [...needlesFor(told.codes), ...secrets, { what: 'a text', secret: TEXT }];
  await until('much was told by webhook', async () => receiver.got.length > 50);
  assert.equal(told.codes.length, 2 * (PHONES.length + MAILBOXES.length));
  assert.ok(told.codes.every((code) => /^\d{10}$/.test(code)));
  const running = scanFolder(needles, roost);
  assert.ok(filesOf(roost.folder).some(([name, bytes]) => name.endsWith('-wal') && bytes.length > 50_000));
  const ofLiveKey = findNeedles(
    needles.filter(({ what }) => what === 'a code'),
    Buffer.from(told.toLiveKey.join('\n')),
    'an answer to a live key',
  );
  await tellWithoutStore(roost, told);
  assert.ok(told.errors.length > 150, `${told.errors.length} errors were provoked`);
  assert.ok(
    roost.logged.some((line) => line.includes('"level":"error"')),
    'the log has something to be searched',
  );
  const hits = [
    ...running,
    ...ofLiveKey,
    ...findNeedles(needles, Buffer.from(roost.logged.join('')), 'the log'),
    ...findNeedles(needles, Buffer.from(told.errors.join('\n')), 'an error'),
    ...receiver.got.flatMap(({ text }) => findNeedles(needles, Buffer.from(text), 'a webhook')),
    ...scanFolder(needles, roost),
  ];
  assert.deepEqual(hits, []);
});

test('the scan finds a secret in every form it looks for, wherever it stands', () => {
  const secret = 'ann.lee+needle@example.com';
  for (const { form, bytes } of formsOf(secret)) {
    assert.ok(bytes.length >= secret.length, form);
    const haystack = Buffer.concat([Buffer.alloc(1_000, 7), bytes, Buffer.alloc(1_000, 9)]);
    const hits = findNeedles([{ what: 'an address', secret }], haystack, 'here');
    assert.ok(
      hits.some((hit) => hit.form === form),
      form,
    );
  }
  assert.deepEqual(findNeedles([{ what: 'an address', secret }], Buffer.alloc(10_000, 'a'), 'here'), []);
});

test('the scan finds a secret inside of a longer encoded text', () => {
  const secret = '4829131234';
  for (let before = 0; before < 12; before += 1) {
    const text = Buffer.from(`${'x'.repeat(before)}${secret}${'y'.repeat(7)}`);
    for (const encoding of ['base64', 'base64url', 'hex', 'utf16le', 'latin1'] as const) {
      const written =
        encoding === 'utf16le'
          ? Buffer.from(text.toString(), 'utf16le')
          : Buffer.from(text.toString(encoding));
      assert.ok(
        findNeedles([{ what: 'a code', secret }], written, 'here').length > 0,
        `${encoding} after ${before}`,
      );
    }
  }
});

test('the scan would notice a code that is planted into a log line, an error or the database', async (t) => {
  const roost = await startRoost(t);
  const code = '4829131234';
  const needles = needlesFor([code]);
  assert.deepEqual(scanFolder(needles, roost), []);
  const made = await roost.call('POST', '/verify', {
    json: { recipient: '+31600000001', reference: `order ${code}` },
  });
  assert.equal(made.status, 201);
  assert.deepEqual([...new Set(scanFolder(needles, roost).map(({ what }) => what))], ['a code']);
});
