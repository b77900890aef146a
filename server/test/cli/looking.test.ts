import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { NOTHING } from '../../src/domain/guard/counts.ts';
import { BARE_ENV, freshFolder, until } from '../operations/support.ts';
import { startRoost, TEST_KEY } from '../support/roost.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import { shell } from './shell.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const json = async (words: readonly string[], env: Record<string, string>) => {
  const { code, stdout, stderr } = await shell([...words, '--json'], env);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};

test('verifications are listed, found by number, reference and id, and told as a story, masked', async (t) => {
  const roost = await startRoost(t);
  const env = { ROOST_DATA: roost.folder };
  const { id, code } = await roost.createVerification('+31612345678', { reference: 'order-1234' });
  await roost.check(id, code === '000000' ? '111111' : '000000');
  await roost.check(id, code);
  await roost.createVerification('+447700900123');
  const list = await json(['verifications', 'list'], env);
  assert.deepEqual(
    list.verifications.map((each: { state: string; recipient: string }) => [each.state, each.recipient]),
    [
      ['verified', '+31*******78'],
      ['open', '+44********23'],
    ],
  );
  for (const typed of ['+31 6 1234 5678', 'order-1234']) {
    const { verifications } = await json(['verifications', 'search', typed], env);
    assert.deepEqual(
      verifications.map((each: { id: string }) => each.id),
      [id],
      typed,
    );
  }
  const filtered = await json(['verifications', 'list', '--state', 'verified', '--country', 'nl'], env);
  assert.equal(filtered.verifications.length, 1);
  const story = await json(['verifications', 'search', id], env);
  assert.deepEqual(story, await json(['verifications', 'show', id], env));
  const told = story.timeline.map(({ what }: { what: string }) => what).join('; ');
  assert.match(told, /^asked for: 6 digits by sms.*handed over to sandbox.*wrong guess, 1 in all/);
  assert.match(told, /verified/);
  assert.equal(story.messages[0].provider, 'sandbox');
  assert.ok(story.decision.rules.length > 3);
  const { stdout } = await shell(['verifications', 'show', id], env);
  assert.match(stdout, /What happened\n[\s\S]*Why it was allowed\n/);
  for (const text of [stdout, JSON.stringify(story), JSON.stringify(list)])
    for (const secret of ['612345678', code, TEST_KEY]) assert.ok(!text.includes(secret), secret);
});

test('a search that finds nothing ends with 1, and odd conditions with 2', async (t) => {
  const roost = await startRoost(t);
  const env = { ROOST_DATA: roost.folder };
  const none = await shell(['verifications', 'search', 'nobody', '--json'], env);
  assert.deepEqual([none.code, JSON.parse(none.stdout).verifications], [1, []]);
  const gone = await shell(['verifications', 'show', '0'.repeat(32)], env);
  assert.deepEqual(
    [gone.code, gone.stderr],
    [1, 'roost: There is no verification with this id, or no more.\n'],
  );
  for (const [words, said] of [
    [['verifications', 'list', '--state', 'lost'], /--state: set one of open/],
    [['verifications', 'list', '--limit', '0'], /--limit: set 1 to 1000/],
    [['verifications', 'list', '--country', 'Holland'], /two letters/],
    [['verifications', 'show', 'x'], /32 hexadecimal/],
    [['operators', 'link', '--role', 'boss'], /--role: set one of owner/],
    [['listen'], /--forward-to: set an address/],
    [['listen', '--forward-to', 'http://localhost:1', '--events', 'a.b'], /there is no event "a.b"/],
  ] as const) {
    const { code, stderr } = await shell(words, env);
    assert.equal(code, 2, stderr);
    assert.match(stderr, said);
  }
});

test('projects are those that a key opens or a template is for', async (t) => {
  const roost = await startRoost(t);
  const { projects } = await json(['projects'], { ROOST_DATA: roost.folder });
  assert.equal(projects.length, 1);
  const { name, liveKeys, testKeys, hasTemplates } = projects[0];
  assert.deepEqual([name, liveKeys, testKeys, hasTemplates], ['default', 1, 1, false]);
});

test('what the guard holds back is listed while Roost serves, and lifted when it does not, which is written down', async (t) => {
  const roost = await startRoost(t, { folder: freshFolder(t) });
  const env = { ROOST_DATA: roost.folder };
  assert.match((await shell(['blocks', 'list'], env)).stdout, /^Nothing is held back\./);
  const name = 'live default country LV';
  await roost.roost.store.transaction(async (tx) => {
    const tally = await tx.tally({ name, isExact: true });
    const brake = {
      closedAtMs: tx.nowMs,
      untilMs: tx.nowMs + 3_000_000,
      times: 1,
      probes: 0,
      healedAtMs: null,
    };
    tally.keep({ ...NOTHING, brake }, tx.nowMs + 86_400_000);
  });
  const { blocks } = await json(['blocks', 'list'], env);
  assert.deepEqual([blocks[0].name, blocks[0].rule, blocks[0].what], [name, 'country-conversion', 'LV']);
  const beside = await shell(['blocks', 'lift', name], env);
  assert.equal(beside.code, 1);
  assert.match(beside.stderr, /lift it at \/console\/guard, or stop Roost first/);
  await roost.stop();
  const odd = await shell(['blocks', 'lift', 'live default country XX'], env);
  assert.match(odd.stderr, /there is no block "live default country XX"; roost blocks list/);
  assert.deepEqual(await json(['blocks', 'lift', name], env), { lifted: name });
  assert.deepEqual((await json(['blocks', 'list'], env)).blocks, []);
  const { entries } = await json(['audit', 'list'], env);
  assert.ok(entries.some((entry: { action: string; object: string }) => entry.action === 'guard.lifted'));
});

test('an operator is let in by a link that works once, listed, and disabled, but never the last owner', async (t) => {
  const roost = await startRoost(t);
  const env = { ROOST_DATA: roost.folder, ROOST_PUBLIC_URL: roost.url };
  const join = async (link: string, name: string) => {
    const body = new URLSearchParams({ name, password: 'correct horse battery' });
    const page = await fetch(link);
    assert.equal(page.status, 200);
    const cookie = page.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const token = /name="_?(?:csrf|token)" value="([^"]+)"/.exec(await page.text())?.[1];
    if (token !== undefined)
      body.set(/name="(_?(?:csrf|token))"/.exec('name="token"')?.[1] ?? 'token', token);
    return fetch(link, { method: 'POST', body, redirect: 'manual', headers: { cookie, origin: roost.url } });
  };
  const first = await json(['operators', 'link'], env);
  assert.deepEqual([first.role, first.hours], ['owner', 1]);
  assert.ok((await join(first.link, 'ann')).status < 400);
  assert.notEqual((await fetch(first.link)).status, 200, 'it works once');
  const invited = await json(['operators', 'link', '--role', 'reader'], env);
  assert.equal(invited.hours, 72);
  assert.ok((await join(invited.link, 'bob')).status < 400);
  const listed = async () =>
    (await json(['operators', 'list'], env)).operators.map(
      (each: { name: string; role: string; disabled: string | null }) => [
        each.name,
        each.role,
        each.disabled !== null,
      ],
    );
  assert.deepEqual(await listed(), [
    ['ann', 'owner', false],
    ['bob', 'reader', false],
  ]);
  await json(['operators', 'disable', 'bob'], env);
  assert.deepEqual(await listed(), [
    ['ann', 'owner', false],
    ['bob', 'reader', true],
  ]);
  const last = await shell(['operators', 'disable', 'ann'], env);
  assert.deepEqual(
    [last.code, last.stderr],
    [1, 'roost: Somebody must stay owner: name another one first.\n'],
  );
  assert.match((await shell(['operators', 'disable', 'eve'], env)).stderr, /no operator "eve"/);
  const { entries } = await json(['audit', 'list'], env);
  const done = entries.map(({ action }: { action: string }) => action);
  assert.ok(done.includes('operator.invited') && done.includes('operator.changed'));
});

function listening(t: TestContext, words: readonly string[], env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'listen', '--json', ...words], {
    env: { ...BARE_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { child, lines, stderr: () => stderr };
}

test('listen forwards events as they happen, signed by the secret that was given, and leaves nothing behind', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_WEBHOOKS: 'loopback' } });
  const receiver = await startReceiver(t);
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const env = { ROOST_DATA: roost.folder, ROOST_URL: roost.url, ROOST_ACCESS_KEY: TEST_KEY };
  const { child, lines, stderr } = listening(t, ['--forward-to', receiver.url, '--secret', secret], env);
  const ready = await until(async () => lines()[0] ?? null, 30_000, `listening: ${stderr()}`);
  assert.equal(ready.forwardsTo, receiver.url);
  const { id, code } = await roost.createVerification('+31612345678');
  await roost.check(id, code);
  await until(
    async () => (receiver.got.some(({ event }) => event.type === 'verification.verified') ? true : null),
    10_000,
    'the end of it',
  );
  for (const { headers, text } of receiver.got) {
    assert.doesNotThrow(() => new Webhook(secret).verify(text, headers as Record<string, string>));
    assert.ok(!text.includes('612345678') && !text.includes(code));
  }
  const types = receiver.got.map(({ event }) => event.type);
  assert.ok(!types.includes('webhook.test'), 'the first event is its own');
  await until(async () => (lines().length > receiver.got.length ? true : null), 30_000, 'the lines');
  assert.equal(lines()[1].status, 204);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual((await ended)[0], 0, stderr());
  const { body } = await roost.call('GET', '/v1/webhooks');
  assert.deepEqual(body.webhooks, []);
});

test('listen says what is missing where Roost may not reach this machine, or runs on another one', async (t) => {
  const roost = await startRoost(t);
  const env = { ROOST_DATA: roost.folder, ROOST_URL: roost.url, ROOST_ACCESS_KEY: TEST_KEY };
  const words = ['listen', '--forward-to', 'http://localhost:3000/'];
  const refused = await shell(words, env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /ROOST_WEBHOOKS=loopback/);
  const away = await shell(words, { ...env, ROOST_URL: 'https://roost.example' });
  assert.equal(away.code, 2);
  assert.match(away.stderr, /a Roost on this machine alone/);
});
