import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const KEY = 'test_ABCDEFGHIJKLMNOPQRSTUVWXY';

type Started = { child: ChildProcess; folder: string; out: () => string; err: () => string };

/** BirdBank as a process of its own, in a folder of its own. */
function start(t: TestContext, env: Record<string, string>, dotEnv = ''): Started {
  const folder = mkdtempSync(join(tmpdir(), 'birdbank-process-'));
  writeFileSync(join(folder, '.env'), dotEnv);
  const child = spawn(process.execPath, [MAIN], {
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { BIRDBANK_PORT: '0', BIRDBANK_DATA: join(folder, 'own'), ...env },
  });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    err += chunk;
  });
  t.after(async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, folder, out: () => out, err: () => err };
}

async function listening({ child, out, err }: Started): Promise<string> {
  while (!out().includes('\n')) {
    assert.equal(child.exitCode, null, err());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return /^BirdBank listens on (http:\/\/localhost:\d+)\n$/.exec(out())?.[1] ?? assert.fail(out());
}

async function exitCode({ child }: Started): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'close');
  return child.exitCode;
}

test('it says where it listens, serves its first page, and writes nothing to stderr', async (t) => {
  const bank = start(t, { ROOST_ACCESS_KEY: KEY });
  const url = await listening(bank);
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Verify your phone number/);
  bank.child.kill('SIGTERM');
  assert.equal(await exitCode(bank), 0);
  assert.equal(bank.err(), '');
});

test('the file .env of the folder fills in what the environment does not set', async (t) => {
  const bank = start(t, {}, `ROOST_ACCESS_KEY=${KEY}\nROOST_URL=http://localhost:1\nBIRDBANK_PORT=70000\n`);
  await listening(bank); // the environment sets the port, so the wrong one in the file does not count
});

test('a missing key and a mistyped name stop the start, with a line each', async (t) => {
  const bank = start(t, { BIRDBANK_PROT: '1' });
  assert.equal(await exitCode(bank), 1);
  assert.equal(bank.out(), '');
  const lines = bank.err().trimEnd().split('\n');
  assert.equal(lines.length, 2, bank.err());
  assert.match(lines[0] ?? '', /^birdbank: BIRDBANK_PROT: .* did you mean BIRDBANK_PORT\?$/);
  assert.match(lines[1] ?? '', /^birdbank: ROOST_ACCESS_KEY: set an access key of Roost/);
});

test('a taken port is one clear sentence', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const bank = start(t, { ROOST_ACCESS_KEY: KEY, BIRDBANK_PORT: String(port) });
  assert.equal(await exitCode(bank), 1);
  assert.equal(
    bank.err(),
    `birdbank: port ${port} is taken; stop what listens there, or set BIRDBANK_PORT\n`,
  );
});

test('a database that cannot be read is one clear sentence', async (t) => {
  const bank = start(t, { ROOST_ACCESS_KEY: KEY, BIRDBANK_DATA: MAIN });
  assert.equal(await exitCode(bank), 1);
  assert.match(bank.err(), /^birdbank: .*main\.ts.*\n$/);
});

test('only the user who runs it can read its database', async (t) => {
  const bank = start(t, { ROOST_ACCESS_KEY: KEY });
  await fetch(await listening(bank));
  for (const [name, mode] of [
    ['own', 0o700],
    ['own/birdbank.db', 0o600],
    ['own/birdbank.db-wal', 0o600],
  ] as const) {
    assert.equal(statSync(join(bank.folder, name)).mode & 0o777, mode, name);
  }
});

test('a request that never ends does not keep it from stopping within ten seconds', async (t) => {
  const bank = start(t, { ROOST_ACCESS_KEY: KEY });
  const { port } = new URL(await listening(bank));
  const slow = connect(Number(port), '127.0.0.1');
  t.after(() => slow.destroy());
  slow.on('error', () => {});
  slow.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  bank.child.kill('SIGTERM');
  assert.equal(await exitCode(bank), 0);
  assert.ok(performance.now() - began < 9_000);
});
