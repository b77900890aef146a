import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Outbound } from '../../server/src/domain/message.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { PROVIDER_KINDS } from '../../server/src/providers/kinds.ts';
import type { Provider } from '../../server/src/providers/provider.ts';
import { Histogram, type Latency } from '../driver/histogram.ts';

export type HttpFigures = {
  readonly kind: string;
  readonly messages: number;
  readonly perSecond: number;
  readonly latency: Latency;
  /** Processor time of this process for one message. */
  readonly cpuUs: number;
  /** Messages that were not accepted; must be 0. */
  readonly wrong: number;
};

/** What each kind needs to send its messages to the gateway. */
const SETTINGS = (baseUrl: string) => ({
  messagebird: { baseUrl, accessKey: 'live_benchbenchbenchbench' },
  http: {
    baseUrl,
    channels: ['sms'],
    values: { key: 'bench' },
    send: {
      method: 'POST',
      url: '{baseUrl}/messages',
      headers: { authorization: 'Bearer {key}' },
      json: { from: '{originator}', to: '{to}', text: '{text}', ttl: '{validitySeconds:number}' },
    },
    outcomes: [{ status: ['2xx'], where: 'json:/id', outcome: 'accepted' }],
    reference: 'json:/id',
  },
});

/**
 * Hands messages to a gateway in a process of its own for `seconds`, `atOnce` at a time, by one provider after the
 * other. Throws when the gateway took another number than was accepted.
 */
export async function measureHttp(seconds: number, atOnce: number): Promise<readonly HttpFigures[]> {
  const child = fork(fileURLToPath(new URL('http-gateway.ts', import.meta.url)));
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const settings = SETTINGS(`http://127.0.0.1:${port}`);
    const figures: HttpFigures[] = [];
    for (const kind of ['http', 'messagebird'] as const) {
      const problems: string[] = [];
      const make = PROVIDER_KINDS[kind].read(settings[kind], 'bench', problems);
      if (make === null) throw new Error(problems.join('\n'));
      const provider = make('bench', { nowMs: () => Date.now(), random: systemRandom });
      await drive(provider, 0.5, atOnce);
      const before = await takenBy(child);
      figures.push({ kind, ...(await drive(provider, seconds, atOnce)) });
      const took = (await takenBy(child)) - before;
      const handed = figures.at(-1)?.messages ?? 0;
      if (took !== handed) throw new Error(`the gateway took ${took} messages, ${handed} were handed over`);
      await provider.close?.(AbortSignal.timeout(1_000));
    }
    return figures;
  } finally {
    child.disconnect();
  }
}

async function takenBy(child: ChildProcess): Promise<number> {
  child.send('taken');
  const [{ taken }] = (await once(child, 'message')) as [{ taken: number }];
  return taken;
}

async function drive(provider: Provider, seconds: number, atOnce: number) {
  const histogram = new Histogram();
  const signal = new AbortController().signal;
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  const cpuBefore = process.cpuUsage();
  let wrong = 0;
  let next = 0;
  const caller = async () => {
    while (performance.now() < endMs) {
      next += 1;
      const message = messageOf(next);
      const sentMs = performance.now();
      const outcome = await provider.send(message, signal);
      histogram.recordMs(performance.now() - sentMs);
      if (outcome.kind !== 'accepted') wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  const { user, system } = process.cpuUsage(cpuBefore);
  const tookMs = performance.now() - startMs;
  return {
    messages: next - wrong,
    perSecond: ((next - wrong) / tookMs) * 1_000,
    latency: histogram.summary(),
    cpuUs: (user + system) / next,
    wrong,
  };
}

function messageOf(i: number): Outbound {
  const code = String(i % 1_000_000).padStart(6, '0');
  return {
    messageId: i.toString(16).padStart(32, '0'),
    provider: 'bench',
    channel: 'sms',
    to: `+316${String(i % 100_000_000).padStart(8, '0')}`,
    originator: 'Roost',
    text: `Your code is ${code}`,
    code,
    wording: {
      ...{ template: 'Your code is %token', datacoding: 'plain', language: 'en-gb', voice: 'female' },
      subject: null,
    },
    attempt: 1,
    expiresAtMs: Date.now() + 60_000,
    receiptUrl: 'https://verify.example.com/receipts/bench/0/tag',
  };
}
