import { parseArgs } from 'node:util';
import { table, whole } from '../measure/table.ts';
import { measureHttp } from './http.ts';

const HELP = `node bench/delivery/run.ts [options]
  --only http          parts (http)
  --seconds n          measured time of one provider (4)
  --at-once n          messages under way at once (256)
  --json               the figures as JSON`;

/** Parts by name; each answers its figures, and the same as text. */
const PARTS = {
  async http(seconds: number, atOnce: number) {
    const figures = await measureHttp(seconds, atOnce);
    const rows = figures.map(({ kind, perSecond, latency, cpuUs, wrong }) => [
      ...[kind, whole(perSecond), latency.p50Ms.toFixed(1), latency.p99Ms.toFixed(1)],
      ...[cpuUs.toFixed(0), String(wrong)],
    ]);
    const text = table(['provider', 'per s', 'p50 ms', 'p99 ms', 'cpu us', 'wrong'], rows);
    return { figures, text: `Messages handed to an HTTP gateway on loopback by one process\n${text}` };
  },
};
type Part = keyof typeof PARTS;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
    seconds: { type: 'string', default: '4' },
    'at-once': { type: 'string', default: '256' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else {
  const parts = values.only.split(',').filter((part): part is Part => Object.hasOwn(PARTS, part));
  if (parts.length === 0) throw new Error(`--only: set one or more of ${Object.keys(PARTS).join(', ')}`);
  const figures: Partial<Record<Part, unknown>> = {};
  for (const part of parts) {
    const outcome = await PARTS[part](Number(values.seconds), Number(values['at-once']));
    figures[part] = outcome.figures;
    if (!values.json) console.log(`${outcome.text}\n`);
  }
  if (values.json) console.log(JSON.stringify(figures, null, 2));
}
