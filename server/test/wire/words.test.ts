import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';

const CONFIG = {
  policy: { appHosts: ['bank.example', 'localhost:8081'], appHashes: ['FA+9qCX9VSu'] },
  templates: { default: { sms: { nl: 'BirdBank: %token is uw code.' } } },
};

async function started(t: TestContext, config: object = CONFIG): Promise<StartedRoost> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-words-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify(config));
  return startRoost(t, { env: { ROOST_CONFIG: file } });
}

let made = 0;
/** The message that came of a create, as the phone shows it. */
async function messageOf(roost: StartedRoost, more: object) {
  made += 1;
  const recipient =
    'type' in more && more.type === 'email' ? `a${made}@example.com` : `+3161200${1000 + made}`;
  const { id, code } = await roost.createVerification(recipient, more);
  const { body } = await roost.call('GET', `/sandbox/messages?recipient=${encodeURIComponent(recipient)}`);
  const key = { projectId: 'default', mode: 'test', id } as const;
  const { wording } = (await roost.roost.store.read.get(tables.verifications, key)) ?? {};
  return { code, text: String(body.messages[0]?.text), wording };
}

const refusalOf = async (roost: StartedRoost, more: object): Promise<string> => {
  const { status, body } = await roost.call('POST', '/verify', {
    json: { recipient: '+31612345678', ...more },
  });
  assert.equal(status, 422, JSON.stringify(body));
  return body.errors[0].description;
};

test('the text is in the language that is asked for, and the caller`s own template wins', async (t) => {
  const roost = await started(t);
  const said: [more: object, text: (code: string) => string][] = [
    [{}, (code) => `Your code is: ${code}`],
    [{ locale: 'nl' }, (code) => `BirdBank: ${code} is uw code.`],
    [{ locale: 'nl-BE' }, (code) => `BirdBank: ${code} is uw code.`],
    [{ locale: 'ar' }, (code) => `رمزك هو: \u2068${code}\u2069`],
    [{ locale: 'ru', datacoding: 'plain' }, (code) => `Ваш код: ${code}`],
    [{ language: 'fr-ca' }, (code) => `Votre code est : ${code}`],
    [{ language: 'en-gb', locale: 'it' }, (code) => `Il tuo codice è: ${code}`],
    [{ locale: 'sw' }, (code) => `Your code is: ${code}`],
    [{ locale: 'nl', template: 'Mine: %token' }, (code) => `Mine: ${code}`],
    [{ locale: 'de', type: 'email' }, (code) => `Ihr Code lautet: ${code}`],
    [{ locale: 'pt-BR', type: 'tts' }, (code) => `O seu código é: ${code}`],
  ];
  for (const [more, text] of said) {
    const message = await messageOf(roost, more);
    assert.equal(message.text, text(message.code), JSON.stringify(more));
  }
  assert.equal((await messageOf(roost, { locale: 'de', type: 'email' })).wording?.subject, 'Ihr Code');
  assert.equal((await messageOf(roost, { locale: 'pt-BR', type: 'tts' })).wording?.language, 'pt-br');
  assert.match(await refusalOf(roost, { locale: 'english, please' }), /locale must be a language tag/);
});

test('a text that this server chooses loses no letter, whatever the client says of its characters', async (t) => {
  const roost = await started(t);
  const message = await messageOf(roost, { locale: 'ja', datacoding: 'plain' });
  assert.equal(message.text, `認証コード：${message.code}`);
  assert.equal(message.wording?.datacoding, 'auto');
});

test('the line for a browser is the last one, with the code, for a host of the policy alone', async (t) => {
  const roost = await started(t);
  const message = await messageOf(roost, { appHost: 'Bank.Example' });
  assert.equal(message.text, `Your code is: ${message.code}\n@bank.example #${message.code}`);
  const local = await messageOf(roost, { appHost: 'localhost:8081', template: 'Code %token' });
  assert.equal(local.text, `Code ${local.code}\n@localhost:8081 #${local.code}`);
  for (const type of ['email', 'tts']) {
    const other = await messageOf(roost, { appHost: 'bank.example', type });
    assert.ok(!other.text.includes('@'), type);
  }
  for (const appHost of ['evil.example', 'bank.example.evil.example', 'sub.bank.example', 'localhost']) {
    assert.equal(
      await refusalOf(roost, { appHost }),
      'appHost is not listed in policy.appHosts of the configuration file',
    );
  }
  for (const appHost of ['https://bank.example', 'bank.example/x', 'bank.example #1', 'x\n@evil', 7, {}]) {
    assert.match(await refusalOf(roost, { appHost }), /appHost must be a host name/, JSON.stringify(appHost));
  }
});

test('the hash of an Android app is the last line, for an app of the policy alone, and not beside a host', async (t) => {
  const roost = await started(t);
  const message = await messageOf(roost, { appHash: 'FA+9qCX9VSu' });
  assert.equal(message.text, `Your code is: ${message.code}\nFA+9qCX9VSu`);
  assert.match(await refusalOf(roost, { appHash: 'fa+9qCX9VSu' }), /not listed in policy\.appHashes/);
  assert.match(await refusalOf(roost, { appHash: 'short' }), /11 characters/);
  const both = { appHash: 'FA+9qCX9VSu', appHost: 'bank.example' };
  assert.match(await refusalOf(roost, both), /appHash cannot stand beside appHost/);
});

test('the line counts: what does not fit one message with it is refused', async (t) => {
  const roost = await started(t);
  const line = '\n@bank.example #123456'.length;
  const fits = `%token${'x'.repeat(160 - 6 - line)}`;
  assert.equal((await messageOf(roost, { appHost: 'bank.example', template: fits })).text.length, 160);
  assert.match(
    await refusalOf(roost, { appHost: 'bank.example', template: `${fits}x` }),
    /too long for one message: 160 characters at most, the code and the line "@bank\.example #%token" included/,
  );
});

test('a project that lists no app takes none', async (t) => {
  const roost = await started(t, {});
  assert.match(await refusalOf(roost, { appHost: 'bank.example' }), /not listed/);
});

test('the lint explains what a create would do, with the policy and the prices of the project', async (t) => {
  const roost = await started(t, {
    ...CONFIG,
    providers: { mail: { kind: 'smtp', host: 'localhost', from: 'a@bank.example' } },
    prices: [],
  });
  const lint = async (json: object) => roost.call('POST', '/v1/messages/lint', { json });
  const good = await lint({ template: 'Code %token', appHost: 'bank.example' });
  assert.equal(good.status, 200);
  assert.deepEqual(good.body, {
    taken: true,
    text: 'Code 000000\n@bank.example #000000',
    segments: { encoding: 'gsm7', units: 33, capacity: 160, segments: 1, lost: [] },
    findings: [],
    suggestion: null,
    costs: [],
  });
  const bad = await lint({ template: 'Ваш код %token evil.com', appHost: 'evil.com' });
  assert.equal(bad.body.taken, false);
  assert.deepEqual(
    bad.body.findings.map(({ code }: { code: string }) => code),
    ['link', 'lost_character', 'app_line'],
  );
  assert.equal((await lint({ template: 'x'.repeat(5_001) })).status, 422);
  assert.equal(
    (await roost.call('POST', '/v1/messages/lint', { json: { template: '' }, key: null })).status,
    401,
  );
});
