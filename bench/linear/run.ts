import { parseArgs } from 'node:util';
import { targetFor } from '../targets/from-options.ts';
import { runHistories } from './histories.ts';

const HELP = `node bench/linear/run.ts [options]
  --histories n    concurrent histories to record and check (10000)
  --nodes n        1 on SQLite, more over one PostgreSQL (1)
  --urls a,b       servers that are running already, with --key
  --lanes n        histories at once (16)
  --seed n         what is chosen at random follows from it (the time)`;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000' },
    nodes: { type: 'string', default: '1' },
    urls: { type: 'string' },
    key: { type: 'string', default: '' },
    lanes: { type: 'string', default: '16' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    first: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  const target = await targetFor({ urls: values.urls, key: values.key, nodes: Number(values.nodes) });
  console.log(`${target.name}, seed ${values.seed}`);
  const startedMs = performance.now();
  try {
    const result = await runHistories({
      ...{ urls: target.urls, accessKey: target.accessKey, lanes: Number(values.lanes) },
      ...{
        histories: Number(values.histories),
        seed: Number(values.seed),
        firstNumber: Number(values.first),
      },
    });
    const { checked, operations, unknown, violations } = result;
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(
      `${checked} histories, ${operations} operations (${unknown} without an answer) in ${seconds.toFixed(1)} s: ` +
        `${violations.length} not linearizable`,
    );
    for (const violation of violations.slice(0, 5)) console.log(JSON.stringify(violation));
    if (violations.length > 0) process.exitCode = 1;
  } finally {
    await target.stop();
  }
}

await main();
