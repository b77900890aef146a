import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBank } from '../../../birdbank/test/support/bank.ts';
import { Visitor } from '../../../birdbank/test/support/visitor.ts';
import { BARE_ENV, freshFolder, until } from '../operations/support.ts';

// Each create takes the one before back, so the rule of three open codes never stops it.
test('one visitor cannot have code after code sent to one number by spelling it another way each time', async (t) => {
  const bank = await startBank(t);
  const visitor = new Visitor(bank.url);
  const spellings = ['+31612345678', '+31 612345678', '+31 6 12345678', '0031612345678', '+316-12345678'];
  for (let i = 0; i < 15; i += 1) {
    await visitor.open('/');
    await visitor.send('/', { number: spellings[i % spellings.length] ?? '', country: '' });
  }
  const { body } = await bank.roost.call('GET', '/sandbox/messages?recipient=%2B31612345678');
  assert.ok(body.messages.length <= 3, `${body.messages.length} messages within a moment`);
});

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

test('the bank that npm start brings is told neither the master key nor the live key', {
  skip: !existsSync('/proc/self/environ'),
}, async (t) => {
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: {
      ...BARE_ENV,
      ROOST_PORT: '0',
      BIRDBANK_PORT: '0',
      ROOST_DATA: freshFolder(t),
      ROOST_SECRET_KEY: '0123456789abcdef'.repeat(4),
      ROOST_LIVE_KEY: 'live_NobodyElsesNobodyElsesNobody',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => ended(child));
  for await (const text of child.stdout) if (String(text).includes('bankUrl')) break;
  const names = childrenOf(child.pid).flatMap((pid) =>
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=', 1)[0] ?? ''),
  );
  assert.ok(names.includes('ROOST_ACCESS_KEY'), 'the bank was found');
  assert.deepEqual(
    names.filter((name) => /^(ROOST_SECRET_KEY|ROOST_LIVE_KEY|DATABASE_URL)$/.test(name)),
    [],
  );
});

test('the bank that npm start brings ends with it, even when that is killed', {
  skip: !existsSync('/proc/self/environ'),
}, async (t) => {
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: { ...BARE_ENV, ROOST_PORT: '0', BIRDBANK_PORT: '0', ROOST_DATA: freshFolder(t) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => ended(child));
  for await (const text of child.stdout) if (String(text).includes('bankUrl')) break;
  const bank = childrenOf(child.pid);
  assert.ok(bank.length > 0, 'the bank was found');
  child.kill('SIGKILL');
  await until(async () => (bank.some(isAlive) ? null : true), 15_000, 'its end');
});

test('messages of the bank that npm start brings name its host, with its port, for browsers to fill the code in', async (t) => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: {
      ...{ PATH: process.env.PATH ?? '', ROOST_PORT: '0', ROOST_DATA: freshFolder(t) },
      BIRDBANK_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => ended(child));
  let printed = '';
  for await (const text of child.stdout) {
    printed += String(text);
    if (printed.includes('\n')) break;
  }
  const { url, bankUrl, keys } = JSON.parse(printed);
  assert.equal(bankUrl, `http://localhost:${port}`);
  assert.match((await new Visitor(bankUrl).askForCode('+31612345678')).path, /^\/EnterCode\//);
  const headers = { authorization: `AccessKey ${keys.test}` };
  const listed = await fetch(`${url}/sandbox/messages?wait=10`, { headers });
  const { messages } = (await listed.json()) as { messages: { text: string; token: string }[] };
  const [{ text, token } = { text: '', token: '-' }] = messages;
  assert.equal(text, `Your BirdBank code is ${token}\n@localhost:${port} #${token}`);
});

/** One that has ended but was not waited for has no command line any more. */
function isAlive(pid: string): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}

/** Node starts BirdBank itself, or by way of another Node. */
function childrenOf(pid: number | undefined): string[] {
  const own = readdirSync('/proc').filter((name) => {
    const stat =
      /^\d+$/.test(name) && existsSync(`/proc/${name}/stat`)
        ? readFileSync(`/proc/${name}/stat`, 'utf8')
        : '';
    return / [A-Z] (\d+) /.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1] === String(pid);
  });
  return own.flatMap((child) => [child, ...childrenOf(Number(child))]);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
