import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countAll, recountAll } from './counting.ts';
import { measureCreates } from './creates.ts';
import { measurePages } from './pages.ts';
import { fill } from './store.ts';

const HELP = `node bench/console/run.ts STEP [options]
  STEP              fill (again until nothing is left), count (again until all is counted), recount, pages, creates
  --folder path     where the database is (roost-bench-console in the temporary folder)
  --rows n          verifications (1000000); each has five messages on average
  --seconds n       at most, for fill and count (15); of one round of creates (4)
  --rounds n        pairs of rounds of creates (3)
  --rate n          creates a second (0: as many as go)
  --viewers n       pages that follow the live list meanwhile (3)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: join(tmpdir(), 'roost-bench-console') },
    rows: { type: 'string', default: '1000000' },
    seconds: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '0' },
    viewers: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
const { folder } = values;
const seconds = Number(values.seconds ?? (positionals[0] === 'creates' ? 4 : 15));

switch (values.help ? 'help' : positionals[0]) {
  case 'fill': {
    const { left } = await fill(folder, Number(values.rows), seconds);
    console.log(left === 0 ? 'filled' : `${left} steps of 10000 are left: run it again`);
    break;
  }
  case 'count':
    console.log(await countAll(folder, seconds));
    break;
  case 'recount':
    console.log(await recountAll(folder));
    break;
  case 'pages':
    console.log(await measurePages(folder));
    break;
  case 'creates':
    console.log(
      await measureCreates(folder, {
        seconds,
        rounds: Number(values.rounds),
        rate: Number(values.rate),
        viewers: Number(values.viewers),
      }),
    );
    break;
  default:
    console.log(HELP);
}
