import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';

const SIGNALS = new URL('../src/cli/signals.ts', import.meta.url).href;

/** A process that needs `stopMs` to stop; `send` is given its first line of output. Returns what it printed and its exit code. */
async function stopping(stopMs: number, send: (kill: (signal: NodeJS.Signals) => void) => void) {
  const program = `
    import { untilStopped } from ${JSON.stringify(SIGNALS)};
    const alive = setInterval(() => {}, 1000);
    setTimeout(() => console.log('up'), 0);
    await untilStopped(() => new Promise((resolve) => setTimeout(resolve, ${stopMs})));
    console.log('stopped');
    clearInterval(alive);`;
  const args = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stdout.once('data', () => send((signal) => child.kill(signal)));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  return { output, code };
}

test('a Ctrl-C that arrives several times at once still lets the server stop in order', async () => {
  const { output, code } = await stopping(200, (kill) => {
    kill('SIGINT');
    for (const delayMs of [20, 50]) setTimeout(() => kill('SIGTERM'), delayMs);
  });
  assert.equal(output, 'up\nstopped\n');
  assert.equal(code, 0);
});

test('a second signal from an impatient person ends the server at once', async () => {
  const { output, code } = await stopping(8_000, (kill) => {
    kill('SIGINT');
    // On a busy machine the first may be heard so late that the second belongs to it; then the third ends it.
    const again = setInterval(() => kill('SIGINT'), 1_300);
    setTimeout(() => clearInterval(again), 7_000);
  });
  assert.equal(output, 'up\n');
  assert.equal(code, 1);
});
