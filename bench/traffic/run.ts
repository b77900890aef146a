import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../measure/table.ts';
import { type GuessingFigures, guess } from './guessing.ts';
import { type LockOutFigures, lockOut } from './lock-out.ts';
import { FULL, type Hurt, PUMPING, type PumpingFigures, type PumpingName, pump } from './pumping.ts';

const NAMES = [...Object.keys(PUMPING), 'guessing', 'lock-out'] as readonly string[];
const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));
const HELP = `node bench/traffic/run.ts [options]
  --only a,b    scenarios: ${NAMES.join(', ')}
  --seeds n     seeds 1 to n (5)
  --guard file  another part "guard" of the configuration, as JSON
  --json        the figures as JSON on stdout, the tables on stderr`;

type Figures = PumpingFigures | GuessingFigures | LockOutFigures;

const isPumping = (name: string): name is PumpingName => name in PUMPING;

async function play(name: string, seed: number, guard: object): Promise<Figures> {
  if (isPumping(name)) return pump(name, seed, FULL, guard);
  return name === 'guessing' ? guess(seed) : lockOut(seed);
}

const hurt = ({ users, hurt, lost }: Hurt): string => `${hurt} of ${users}, ${lost} lost`;
const verdict = ({ isGood }: Figures): string => (isGood ? 'good' : 'MISSED');

function rowOf(figures: Figures): string[] {
  const { scenario, seed } = figures;
  const head = [scenario, String(seed)];
  switch (figures.scenario) {
    case 'guessing': {
      const { days, tried, judged, mostInADay, mostInAMonth } = figures;
      const told = `${days} days, ${judged} judged, at most ${mostInADay} a day and ${mostInAMonth} in 30 days`;
      return [...head, String(tried), told, '', '', '', verdict(figures)];
    }
    case 'lock-out': {
      const { failures, visits, admitted } = figures;
      const told = `${admitted} of ${visits} visits of the victim admitted at the first try`;
      return [...head, String(failures), told, '', '', '', verdict(figures)];
    }
    default: {
      const { asked, sent, firstTime, returning, elsewhere } = figures;
      const stopped = `${sent} sent, ${asked - sent} stopped`;
      return [
        ...head,
        String(asked),
        stopped,
        ...[firstTime, returning, elsewhere].map(hurt),
        verdict(figures),
      ];
    }
  }
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: NAMES.join(',') },
    seeds: { type: 'string', default: '5' },
    guard: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const names = values.only.split(',');
const unknown = names.find((name) => !NAMES.includes(name));
if (values.help || unknown !== undefined) {
  console.error(unknown === undefined ? HELP : `--only: "${unknown}" is none of ${NAMES.join(', ')}`);
  process.exit(unknown === undefined ? 0 : 1);
}
const { default: guard = {} } =
  values.guard === undefined
    ? {}
    : await import(fileURLToPath(new URL(values.guard, `file://${process.cwd()}/`)), {
        with: { type: 'json' },
      });
const all: Figures[] = [];
for (const name of names) {
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    const figures = await play(name, seed, guard);
    all.push(figures);
    console.error(`${name} ${seed}: ${verdict(figures)} (${figures.seconds.toFixed(0)} s)`);
  }
}
const head = [
  'attack',
  'seed',
  'asked',
  'what came of it',
  'first-timers refused',
  'returning',
  'elsewhere',
  'bars',
];
(values.json ? console.error : console.log)(table(head, all.map(rowOf)));
mkdirSync(RESULTS, { recursive: true });
writeFileSync(`${RESULTS}traffic.json`, `${JSON.stringify(all, null, 2)}\n`);
if (values.json) console.log(JSON.stringify(all));
process.exitCode = all.every(({ isGood }) => isGood) ? 0 : 1;
