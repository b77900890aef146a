import { parseArgs } from 'node:util';
import { targetFor } from '../targets/from-options.ts';
import { raceGuesses, raceRightCode } from './races.ts';

const HELP = `node bench/races/run.ts [options]
  --right n        rounds of 200 parallel right codes (300)
  --guesses n      rounds of 500 parallel guesses with the right one among them, limit 3 (200)
  --nodes n        1 on SQLite, more over one PostgreSQL (1)
  --urls a,b       servers that are running already, with --key
  --seed n         what is chosen at random follows from it (the time)`;

const { values } = parseArgs({
  options: {
    right: { type: 'string', default: '300' },
    guesses: { type: 'string', default: '200' },
    nodes: { type: 'string', default: '1' },
    urls: { type: 'string' },
    key: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    first: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  const target = await targetFor({ urls: values.urls, key: values.key, nodes: Number(values.nodes) });
  const shared = { urls: target.urls, accessKey: target.accessKey, seed: Number(values.seed) };
  const first = Number(values.first);
  console.log(`${target.name}, seed ${shared.seed}`);
  try {
    const rounds = Number(values.right);
    const right = await raceRightCode({ ...shared, rounds, parallel: 200, firstNumber: first });
    console.log(`200 right codes at once: ${right.successes} successes in ${right.rounds} rounds`);
    const guesses = await raceGuesses({
      ...{ ...shared, rounds: Number(values.guesses), parallel: 500, firstNumber: first + rounds },
    });
    const expected = ((guesses.rounds * 3) / 500).toFixed(1);
    console.log(
      `500 guesses at once, limit 3: ${guesses.verified} of ${guesses.rounds} rounds verified (${expected} expected)`,
    );
    const wrong = [...right.wrongRounds, ...guesses.wrongRounds];
    for (const line of wrong.slice(0, 20)) console.log(line);
    console.log(wrong.length === 0 ? 'every round as it must be' : `${wrong.length} rounds WRONG`);
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    await target.stop();
  }
}

await main();
