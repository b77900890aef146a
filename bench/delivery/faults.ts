import { parseArgs } from 'node:util';
import { faults, kill, paced } from './promises.ts';

const HELP = `node bench/delivery/faults.ts [options]
  --only faults,kill,stall,pace   parts (all)
  --count n                       verifications through faulty gateways (10000)
  --crashes n                     times the server is killed (20)
  --seconds n                     measured time of stall and pace (8)
  --seed n                        of the faults (1)`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'faults,kill,stall,pace' },
    count: { type: 'string', default: '10000' },
    crashes: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

/** What a part starts is ended when it is done, the last first. */
async function within<T>(
  part: (t: { after(end: () => void | Promise<void>): void }) => Promise<T>,
): Promise<T> {
  const ends: (() => void | Promise<void>)[] = [];
  try {
    return await part({ after: (end) => void ends.unshift(end) });
  } finally {
    for (const end of ends) await end();
  }
}

const [count, crashes, seconds, seed] = [values.count, values.crashes, values.seconds, values.seed].map(
  Number,
) as [number, number, number, number];

const PARTS: { readonly [part: string]: () => Promise<object> } = {
  faults: () => within((t) => faults(t, count, seed)),
  kill: () => within((t) => kill(t, crashes, 300, seed)),
  async stall() {
    const instant = await within((t) => paced(t, 'taken', 200, seconds));
    const stalled = await within((t) => paced(t, 'stalled', 200, seconds));
    return {
      instantP99Ms: instant.createP99Ms,
      stalledP99Ms: stalled.createP99Ms,
      ratio: stalled.createP99Ms / instant.createP99Ms,
    };
  },
  pace: () => within((t) => paced(t, 'taken', 500, seconds)),
};

if (values.help) console.log(HELP);
else {
  for (const part of values.only.split(',')) {
    const run = PARTS[part];
    if (run === undefined) throw new Error(`there is no part ${part}: ${Object.keys(PARTS).join(', ')}`);
    const told = await run();
    console.log(part, JSON.stringify(told));
    if ('problems' in told && Array.isArray(told.problems) && told.problems.length > 0) process.exitCode = 1;
  }
}
