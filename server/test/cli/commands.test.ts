import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { freshFolder, roost, serve, until } from '../operations/support.ts';

const ONE_LINE = /^roost[^\n]*\n/;

test('the help names every command and every exit code, and each command shows an example', async () => {
  const { code, stdout } = await roost(['help']);
  assert.equal(code, 0);
  for (const name of Object.keys(COMMANDS)) assert.match(stdout, new RegExp(`^  roost ${name}\\b`, 'm'));
  assert.match(stdout, /0 {2}done; 1 {2}it failed; 2 .*wrong; 3 .*damaged, or refused/);
  for (const [name, { examples, optionWords, options }] of Object.entries(COMMANDS)) {
    assert.ok(examples.length > 0 && examples.every((example) => example.includes('roost ')), name);
    assert.equal(optionWords.length, Object.keys(options).length, `${name} tells what each option does`);
  }
  const [asked, flagged] = await Promise.all([roost(['help', 'backup']), roost(['backup', '--help'])]);
  assert.equal(asked.stdout, flagged.stdout);
  assert.match(asked.stdout, /^Usage: roost backup FILE/);
});

test('what cannot be understood is refused with 2, in one clear sentence', async (t) => {
  const env = { ROOST_DATA: freshFolder(t) };
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['bakup'], /there is no command "bakup"; did you mean backup\?/],
    [
      ['keys'],
      /keys: say what to do: roost keys list, roost keys create, roost keys rotate, roost keys revoke/,
    ],
    [['backup'], /backup: give FILE/],
    [['backup', 'a', 'b'], /backup: give FILE/],
    [['migrate', 'now'], /migrate: it takes no further words/],
    [['migrate', '--force'], /migrate: Unknown option '--force'/],
    [['keys', 'create', '--name', 'x'], /--mode: set test or live/],
    [['keys', 'create', '--mode', 'live'], /--name: say what it is for/],
    [['keys', 'create', '--mode', 'test', '--name', 'x', '--scopes', 'verify,x'], /--scopes: .*"x".*lookup/],
  ];
  for (const [words, expected] of cases) {
    const { code, stdout, stderr } = await roost(words, { env });
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, ONE_LINE);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/, 'no stack');
  }
});

test('every command that ends by itself answers one JSON object, also when it fails', async (t) => {
  const folder = freshFolder(t);
  const env = { ROOST_DATA: folder };
  const json = async (...words: string[]) => {
    const { stdout, stderr, code } = await roost([...words, '--json'], { env });
    return { code, said: JSON.parse(stdout || stderr) };
  };
  const none = await json('verify-store');
  assert.equal(none.code, 1);
  assert.match(none.said.errors[0], /there is no database .*roost\.db yet; roost serve makes it/);
  const taken = await json('migrate');
  assert.equal(taken.code, 0);
  assert.equal(taken.said.taken[0].number, 1);
  assert.deepEqual((await json('migrate', '--dry-run')).said, { dryRun: true, outstanding: [] });
  const made = await json('keys', 'create', '--mode', 'test', '--name', 'for the tests');
  assert.match(made.said.key, /^test_rst[0-9A-Za-z]{46}$/);
  const { keys } = (await json('keys', 'list')).said;
  assert.deepEqual([keys[0].id, keys[0].mode, keys[0].name], [made.said.id, 'test', 'for the tests']);
  assert.equal(JSON.stringify(keys).includes(made.said.key), false);
  const narrow = ['--mode', 'test', '--name', 'narrow', '--scopes', 'lookup,verify'];
  const { id } = (await json('keys', 'create', ...narrow)).said;
  const next = (await json('keys', 'rotate', id)).said.id;
  const listed = (await json('keys', 'list')).said.keys as { id: string; scopes: string[] | null }[];
  const opens = (id: string) => listed.find((key) => key.id === id)?.scopes;
  assert.deepEqual(
    [opens(id), opens(next)],
    [
      ['verify', 'lookup'],
      ['verify', 'lookup'],
    ],
  );
  assert.equal(opens(made.said.id), null);
  const gone = await json('keys', 'revoke', 'nobody');
  assert.equal(gone.code, 1);
  assert.match(gone.said.errors[0], /there is no access key "nobody"/);
  const down = await json('health');
  assert.equal(down.code, 1);
  assert.match(down.said.errors[0], /nothing answers at http:\/\/127\.0\.0\.1:0\/ready/);
});

// Stops a stolen key: it must not work on while nodes remember it.
test('a key made beside a running server works within a second, and is refused within one of its revocation', async (t) => {
  const env = { ROOST_DATA: freshFolder(t) };
  const node = await serve(t, { env });
  const { stdout } = await roost(
    ['keys', 'create', '--mode', 'test', '--name', 'short', '--scopes', 'verify', '--json'],
    { env },
  );
  const { id, key } = JSON.parse(stdout);
  const status = async () => {
    const headers = { authorization: `AccessKey ${key}` };
    return (await fetch(`${node.url}/verify/${'0'.repeat(32)}`, { headers })).status;
  };
  await until(async () => ((await status()) === 404 ? true : null), 1_000, 'taking the new key');
  const headers = { authorization: `AccessKey ${key}` };
  const beyond = await fetch(`${node.url}/balance`, { headers });
  assert.match(await beyond.text(), /needs the scope lookup/);
  const { code } = await roost(['keys', 'revoke', id], { env });
  assert.equal(code, 0);
  await until(async () => ((await status()) === 401 ? true : null), 1_000, 'refusing the revoked key');
  for (let i = 0; i < 20; i += 1) assert.equal(await status(), 401);
  const again = await roost(['keys', 'revoke', id], { env });
  assert.equal(again.code, 0, 'revoking it again changes nothing');
  assert.equal((await node.create('+31612345678')).status, 201, 'other keys work on');
});

test('the health command tells a server that is ready from one that is not there', async (t) => {
  const node = await serve(t, { env: { ROOST_DATA: freshFolder(t) } });
  const env = { ROOST_PORT: new URL(node.url).port };
  assert.equal((await roost(['health'], { env })).code, 0);
  await node.stop();
  const { code, stderr } = await roost(['health'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /^roost: nothing answers at http:\/\/127\.0\.0\.1:\d+\/ready\n$/);
});
