import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Outbound } from '../../server/src/domain/message.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { PROVIDER_KINDS } from '../../server/src/providers/kinds.ts';

const HELP = `node bench/delivery/smpp.ts [options]
  Messages a second that one process hands to an SMSC on loopback: each is answered before it counts.
  --messages n     (20000)
  --callers n      at once (64)
  --window n       without an answer at one time (10)
  --json           one JSON object`;

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    callers: { type: 'string', default: '64' },
    window: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(HELP);
else process.exitCode = await run(Number(options.messages), Number(options.callers), Number(options.window));

async function run(messages: number, callers: number, window: number): Promise<number> {
  const smsc = spawn(process.execPath, [fileURLToPath(new URL('loopback-smsc.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(smsc.stdout, 'data');
  const figures = await measure(Number(String(line)), messages, callers, window);
  smsc.stdin.end();
  await once(smsc, 'exit');
  if (options.json) console.log(JSON.stringify(figures));
  else {
    const { perSecond, p50Ms, p99Ms, failed } = figures;
    console.log(`${messages} messages, window ${window}: ${perSecond} a second, ${failed} failed`);
    console.log(`hand-over p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms with ${callers} callers`);
  }
  return figures.failed === 0 ? 0 : 1;
}

async function measure(port: number, messages: number, callers: number, window: number) {
  const problems: string[] = [];
  const account = { host: '127.0.0.1', port, tls: 'off', systemId: 'bench', password: 'bench', window };
  const make = PROVIDER_KINDS.smpp.read(account, 'providers.smsc', problems);
  if (make === null) throw new Error(problems.join('\n'));
  const provider = make('smsc', {
    nowMs: () => Date.now(),
    random: systemRandom,
    onReceipt: async () => undefined,
  });
  const never = new AbortController().signal;
  await provider.send(messageNo(0), never);
  const tookMs: number[] = [];
  let next = 0;
  let failed = 0;
  const startMs = performance.now();
  const caller = async () => {
    while (next < messages) {
      next += 1;
      const sinceMs = performance.now();
      const outcome = await provider.send(messageNo(next), AbortSignal.timeout(8_000));
      tookMs.push(performance.now() - sinceMs);
      if (outcome.kind !== 'accepted') failed += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - startMs) / 1_000;
  await provider.close?.(AbortSignal.timeout(1_000));
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.floor((tookMs.length - 1) * share)] ?? 0;
  return { perSecond: Math.round(messages / seconds), failed, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function messageNo(number: number): Outbound {
  const code = String(number % 1_000_000).padStart(6, '0');
  return {
    ...{ messageId: number.toString(16).padStart(32, '0'), provider: 'smsc', channel: 'sms' },
    ...{ to: '+31612345678', originator: 'Bench', text: `Your code is: ${code}`, code, attempt: 1 },
    wording: {
      ...{ template: 'Your code is: %token', datacoding: 'plain', language: 'en-gb', voice: 'female' },
      subject: null,
    },
    expiresAtMs: Date.now() + 300_000,
    receiptUrl: null,
  };
}
