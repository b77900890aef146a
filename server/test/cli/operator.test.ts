import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BARE_ENV, freshFolder, roost, serve, TEST_KEY, until } from '../operations/support.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const SECRET = 'live_0123456789abcdefghijklmno';

/** A MessageBird on loopback that takes one access key. */
async function startUpstream(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    const isGood = request.headers.authorization === `AccessKey ${SECRET}`;
    const body = isGood
      ? { payment: 'prepaid', type: 'credits', amount: 9.2 }
      : {
          errors: [
            { code: 2, description: 'Request not allowed (incorrect access_key)', parameter: 'access_key' },
          ],
        };
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function configured(folder: string, providers: object): Record<string, string> {
  const file = join(folder, 'roost.config.json');
  writeFileSync(
    file,
    JSON.stringify({ providers, policy: { profile: 'strict' }, guard: { countries: '*' } }),
  );
  return { ROOST_DATA: join(folder, 'data'), ROOST_CONFIG: file, ROOST_PUBLIC_URL: 'https://roost.invalid' };
}

test('the doctor says that nothing is wrong with a server that runs, and what is doubtful', async (t) => {
  const env = { ROOST_DATA: freshFolder(t) };
  await serve(t, { env });
  const { code, stdout } = await roost(['doctor', '--json'], { env });
  assert.equal(code, 0, stdout);
  const { good, findings } = JSON.parse(stdout);
  assert.equal(good, true);
  const states = Object.fromEntries(
    findings.map((each: { what: string; state: string }) => [each.what, each.state]),
  );
  assert.deepEqual(states, {
    settings: 'good',
    'master key': 'good',
    database: 'good',
    'key and database': 'good',
    'access keys': 'good',
    clock: 'good',
    'public address': 'doubtful',
    providers: 'doubtful',
  });
  const told = await roost(['doctor'], { env });
  assert.match(told.stdout, /^ok {7}database +SQLite$/m);
  assert.match(told.stdout, /Nothing is wrong; doubtful: 2\./);
});

test('the doctor asks each provider by a call that sends nothing, and tells wrong credentials from right ones', async (t) => {
  const folder = freshFolder(t);
  const baseUrl = await startUpstream(t);
  const env = configured(folder, {
    good: { kind: 'messagebird', accessKey: SECRET, baseUrl },
    stolen: { kind: 'messagebird', accessKey: `${SECRET}x`, baseUrl },
  });
  const { code, stdout } = await roost(['doctor', '--json'], { env });
  assert.equal(code, 1);
  const { findings } = JSON.parse(stdout);
  const of = (what: string) => findings.find((each: { what: string }) => each.what === what);
  assert.deepEqual(of('provider good'), {
    what: 'provider good',
    state: 'good',
    note: 'balance 9.2 credits',
  });
  assert.equal(of('provider stolen').state, 'bad');
  assert.equal(of('database').state, 'doubtful', 'there is none yet');
  assert.equal(of('public address').state, 'doubtful', 'it does not answer');
  assert.ok(!stdout.includes(SECRET));
});

test('the doctor tells every wrong setting, and what was meant', async () => {
  const wrong = await roost(['doctor', '--json'], { env: { ROOST_GUARD: 'maybe', ROOST_DRIAN: '2' } });
  assert.equal(wrong.code, 1);
  const { findings } = JSON.parse(wrong.stdout);
  assert.match(
    findings.map(({ note }: { note: string }) => note).join('\n'),
    /ROOST_DRIAN.*did you mean ROOST_DRAIN/,
  );
  assert.match(findings.map(({ note }: { note: string }) => note).join('\n'), /ROOST_GUARD: set enforce/);
});

test('the settings in effect are shown with their source, and no secret among them', async (t) => {
  const folder = freshFolder(t);
  const secretKey = '5f0123456789abcd'.repeat(4);
  const env: Record<string, string> = {
    ...configured(folder, { bird: { kind: 'messagebird', accessKey: SECRET, originator: 'MyBrand' } }),
    DATABASE_URL: 'postgres://roost:hunter2hunter2@db.example:5432/roost',
    ROOST_SECRET_KEY: secretKey,
    ROOST_TEST_KEY: TEST_KEY,
  };
  const { code, stdout } = await roost(['config', '--json'], { env });
  assert.equal(code, 0, stdout);
  for (const secret of [SECRET, 'hunter2', TEST_KEY, secretKey]) assert.ok(!stdout.includes(secret));
  const shown = new Map<string, { value: unknown; source: string }>(
    JSON.parse(stdout).settings.map((each: { name: string }) => [each.name, each]),
  );
  assert.deepEqual(shown.get('ROOST_TEST_KEY'), {
    name: 'ROOST_TEST_KEY',
    value: '***',
    source: 'environment',
  });
  assert.deepEqual(shown.get('ROOST_LIVE_KEY'), { name: 'ROOST_LIVE_KEY', value: null, source: 'default' });
  assert.equal(shown.get('ROOST_DRAIN')?.source, 'default');
  assert.match(
    String(shown.get('DATABASE_URL')?.value),
    /^postgres:\/\/roost:\*\*\*@db\.example:5432\/roost$/,
  );
  assert.deepEqual(shown.get('providers.bird')?.value, {
    kind: 'messagebird',
    accessKey: '***',
    originator: 'MyBrand',
  });
  assert.equal(shown.get('providers.bird')?.source, env.ROOST_CONFIG);
  const bad = await roost(['config'], { env: { ROOST_PORT: 'eighty' } });
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /ROOST_PORT: set a port/);
});

/** Runs `roost` and answers its questions. */
async function talk(words: readonly string[], env: Record<string, string>, answers: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { ...BARE_ENV, ...env } });
  let stdout = '';
  let stderr = '';
  let asked = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (!text.includes('The code: ')) return;
    const answer = answers[asked];
    asked += 1;
    if (answer === undefined) child.stdin.end();
    else child.stdin.write(`${answer}\n`);
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

test('send sends, follows the message, asks for the code and checks it', async (t) => {
  const folder = freshFolder(t);
  const node = await serve(t, { env: { ROOST_DATA: folder } });
  const env = { ROOST_URL: node.url, ROOST_ACCESS_KEY: TEST_KEY };
  const plain = await roost(['send', '+31612345670'], { env });
  assert.equal(plain.code, 0, plain.stderr);
  assert.match(plain.stdout, /^Created [0-9a-f]{32}; .*\nSent\.\n$/);
  const refused = await roost(['send', 'nonsense', '--json'], { env });
  assert.equal(refused.code, 1);
  assert.match(JSON.parse(refused.stderr).errors[0], /no \(correct\) recipients found/);
  const talked = await talk(['send', '+31612345678', '--wait'], env, ['000000', '000000', '000000']);
  assert.equal(talked.code, 1);
  assert.match(talked.stdout, /The message is delivered\./);
  assert.match(talked.stderr, /The token is invalid\./);
  assert.match(talked.stdout, /It ended as failed\./);
  const gone = await talk(['send', 'ann@example.com', '--channel', 'email', '--wait', '--json'], env, []);
  assert.deepEqual([gone.code, JSON.parse(gone.stdout).status], [1, 'sent']);
  const none = await roost(['send', '+31612345678'], { env: { ROOST_URL: node.url } });
  assert.equal(none.code, 2);
  assert.match(none.stderr, /set ROOST_ACCESS_KEY/);
  const nowhere = await roost(['send', '+31612345678'], { env: { ...env, ROOST_URL: 'http://127.0.0.1:9' } });
  assert.match(nowhere.stderr, /nothing answers at http:\/\/127\.0\.0\.1:9/);
});

test('messages lists what was sent, and follows what happens next', async (t) => {
  const env = { ROOST_DATA: freshFolder(t) };
  const node = await serve(t, { env });
  await node.create('+31612345678');
  const listed = async () => JSON.parse((await roost(['messages', '--json'], { env })).stdout).messages;
  await until(async () => ((await listed())[0]?.state === 'delivered' ? true : null), 20_000, 'delivery');
  const [message] = await listed();
  assert.deepEqual(
    [message.channel, message.provider, message.recipient, message.mode],
    ['sms', 'sandbox', '+31*******78', 'test'],
  );
  const child = spawn(process.execPath, [MAIN, 'messages', '--follow'], {
    env: { ...BARE_ENV, ROOST_PORT: '0', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await until(async () => (stdout.includes('+31*******78') ? true : null), 20_000, 'the list');
  await node.create('+447700900005');
  await until(
    async () => (/\+44\*+05.*failed.*refuses/.test(stdout) ? true : null),
    5_000,
    'the refused one',
  );
  child.kill('SIGINT');
  await once(child, 'close');
});

test('version names itself, and a backup into a folder that is not there says so', async (t) => {
  const { code, stdout } = await roost(['version', '--json']);
  assert.equal(code, 0);
  assert.match(JSON.parse(stdout).version, /^\d+\.\d+\.\d+$/);
  const folder = freshFolder(t);
  const env = { ROOST_DATA: join(folder, 'data') };
  mkdirSync(env.ROOST_DATA, { mode: 0o700 });
  assert.equal((await roost(['migrate'], { env })).code, 0);
  const missing = await roost(['backup', join(folder, 'nowhere', 'monday.roost')], { env });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^roost: there is no folder .*nowhere; make it/);
});
