import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BARE_ENV } from '../operations/support.ts';

const ENTRY = fileURLToPath(new URL('../../src/main.js', import.meta.url));

function roost(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, 'lint', ...args], {
    ...{ cwd: folder, encoding: 'utf8', timeout: 60_000 },
    env: { ...BARE_ENV, ROOST_DATA: folder },
  });
  return { status, stdout, stderr };
}

test('roost lint says what a create would do, by the configuration, and tells it by its exit code too', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-lint-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = {
    policy: { appHosts: ['bank.example'] },
    providers: { bird: { kind: 'messagebird', accessKey: 'live_0123456789abcdef' } },
    prices: [{ provider: 'bird', channel: 'sms', country: 'NL', cost: '0.0725', currency: 'EUR' }],
  };
  writeFileSync(join(folder, 'roost.config.json'), JSON.stringify(config));
  const good = roost(folder, 'Code %token', '--app-host', 'bank.example', '--country', 'NL');
  assert.equal(good.status, 0, good.stderr);
  assert.equal(
    good.stdout,
    [
      '  Code 000000',
      '  @bank.example #000000',
      '',
      'One segment of GSM-7: 33 of 160 characters.',
      'By bird it costs 0.0725 EUR.',
      'A create takes it.',
      '',
    ].join('\n'),
  );
  const bad = roost(folder, 'Ваш код: %token', '--json');
  assert.equal(bad.status, 1);
  const told = JSON.parse(bad.stdout);
  assert.deepEqual(
    [told.taken, told.findings[0].code, told.segments.lost.length],
    [false, 'lost_character', 6],
  );
  const wrong = roost(folder, '%token', '--channel', 'fax');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--channel must be one of sms, flash, tts, email, whatsapp/);
});
