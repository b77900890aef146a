import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PROVIDER_KINDS } from '../../server/src/providers/kinds.ts';
import type { Provider } from '../../server/src/providers/provider.ts';
import { DEPS, outbound } from '../../server/test/providers/samples.ts';

const SERVER = fileURLToPath(new URL('hostile-server.ts', import.meta.url));
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const HELP = `node bench/delivery/hostile.ts [options]
  Says generated replies to the SMPP and the SMTP client, and looks for crashes, growing memory and waits beyond the time-out.
  --kind smpp      smpp or smtp (both)
  --replies n      of each (100000)
  --seed n         of the replies (the time)
  --json           one JSON object`;
const KINDS = ['smpp', 'smtp'] as const;
const SIDE_BY_SIDE = 40;
const PATIENCE_MS = 150;
/** A busy machine is late; a wait that the signal does not end lasts 5 s or more. */
const MOST_LATE_MS = 4_000;
const MOST_GROWTH_MIB = 50;

const { values: options } = parseArgs({
  options: {
    kind: { type: 'string' },
    replies: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(HELP);
else process.exitCode = await run(Number(options.replies), Number(options.seed));

type Figures = {
  readonly replies: number;
  readonly outcomes: { readonly [kind: string]: number };
  readonly slowestMs: number;
  readonly growthMiB: number;
};

async function run(replies: number, seed: number): Promise<number> {
  const kinds = KINDS.filter((kind) => options.kind === undefined || options.kind === kind);
  const figures: Record<string, Figures> = {};
  for (const kind of kinds) figures[kind] = await attack(kind, replies, seed);
  const isGood = Object.values(figures).every(
    ({ slowestMs, growthMiB }) => slowestMs < PATIENCE_MS + MOST_LATE_MS && growthMiB <= MOST_GROWTH_MIB,
  );
  if (options.json) console.log(JSON.stringify({ seed, ...figures }));
  else {
    for (const [kind, { replies: said, outcomes, slowestMs, growthMiB }] of Object.entries(figures)) {
      console.log(`${kind}: ${said} replies (seed ${seed}), ${JSON.stringify(outcomes)}`);
      console.log(
        `  slowest ${slowestMs.toFixed(0)} ms of ${PATIENCE_MS}, memory ${growthMiB.toFixed(0)} MiB more`,
      );
    }
  }
  return isGood ? 0 : 1;
}

async function attack(kind: (typeof KINDS)[number], replies: number, seed: number): Promise<Figures> {
  const server = spawn(process.execPath, [SERVER, kind, String(seed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(server.stdout);
  const [port] = await once(lines, 'line');
  let said = 0;
  lines.on('line', (line) => {
    said = Number(line);
  });
  const outcomes: Record<string, number> = {};
  let slowestMs = 0;
  let firstMiB = 0;
  let mostMiB = 0;
  for (let round = 0; said < replies; round += 1) {
    const ended = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => sendOne(kind, Number(port))));
    for (const { outcome, tookMs } of ended) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      slowestMs = Math.max(slowestMs, tookMs);
    }
    if (round % 20 !== 0) continue;
    // Garbage is no growth, nor is what is loaded and compiled in the first rounds.
    collectGarbage();
    const mib = process.memoryUsage().rss / 2 ** 20;
    if (round === 20) firstMiB = mib;
    mostMiB = Math.max(mostMiB, mib);
  }
  server.stdin.end();
  await once(server, 'exit');
  return { replies: said, outcomes, slowestMs, growthMiB: firstMiB === 0 ? 0 : mostMiB - firstMiB };
}

async function sendOne(kind: (typeof KINDS)[number], port: number) {
  const provider = made(kind, port);
  const message =
    kind === 'smpp' ? outbound('sms') : outbound('email', { to: 'ann@example.com', originator: 'Code' });
  const startMs = performance.now();
  const { kind: outcome } = await provider.send(message, AbortSignal.timeout(PATIENCE_MS));
  const tookMs = performance.now() - startMs;
  await provider.close?.(AbortSignal.abort());
  return { outcome, tookMs };
}

function made(kind: (typeof KINDS)[number], port: number): Provider {
  const account =
    kind === 'smpp'
      ? { systemId: 'bench', password: 'bench' }
      : { from: 'Bench <bench@bank.example>', connections: 1 };
  const problems: string[] = [];
  const make = PROVIDER_KINDS[kind].read(
    { host: '127.0.0.1', port, tls: 'off', ...account },
    'providers.x',
    problems,
  );
  if (make === null) throw new Error(problems.join('\n'));
  return make('x', { ...DEPS, onReceipt: async () => undefined });
}
