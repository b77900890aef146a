import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, silentLog } from './log.ts';

function captured(level: 'debug' | 'info' | 'error' | 'silent') {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line) => lines.push(line) }) };
}

test('a line is one JSON object with its level, time and event', () => {
  const { lines, log } = captured('info');
  log.info('server.listening', { port: 8080, tls: false, name: null });
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(line.level, 'info');
  assert.equal(line.event, 'server.listening');
  assert.deepEqual([line.port, line.tls, line.name], [8080, false, null]);
  assert.ok(Math.abs(Date.parse(line.time) - Date.now()) < 60_000);
});

test('nothing below its level is written', () => {
  const { lines, log } = captured('error');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.equal(lines.length, 1);
  const silent = captured('silent');
  silent.log.error('x');
  assert.deepEqual(silent.lines, []);
  silentLog.error('x', {}, new Error('x'));
});

test('no secret passes through a fact, an error`s text, its stack, or something thrown that is no error', () => {
  const { lines, log } = captured('debug');
  const secrets = ['482913', '+31612345678', 'ann@example.com', 'live_SECRETSECRETSECRETSECRET'];
  for (const secret of secrets) {
    log.debug('x', { told: `got ${secret}` });
    log.info('x', { told: secret });
    log.warn('x', { told: `?token=${secret}` });
    log.error('x', { told: secret }, new Error(`failed with ${secret}`));
    log.error('x', {}, `thrown ${secret}`);
    log.error('x', {}, { toString: () => secret });
  }
  const all = lines.join('');
  assert.equal(lines.length, secrets.length * 6);
  for (const secret of secrets) assert.ok(!all.includes(secret), secret);
});
