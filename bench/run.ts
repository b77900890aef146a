import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { factors } from './measure/factors.ts';
import { guard } from './measure/guard.ts';
import { describeMachine, type Machine } from './measure/machine.ts';
import { HELP, type Options, type Part, readOptions } from './measure/options.ts';
import * as parts from './measure/parts.ts';
import { soak } from './measure/soak.ts';
import { startUp } from './measure/start-up.ts';
import { rateTable, table, whole } from './measure/table.ts';
import { Workshop } from './measure/workshop.ts';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

/** One part: its figures for the JSON, and the same as text for the terminal. */
type Outcome = { readonly figures: unknown; readonly text: string };

const titles: Record<Part, string> = {
  core: 'Create, check and pairs beside a bare node:http server (ratio = share of its rate)',
  start: 'Start-up, from the start of the process to the first 200 of /ready',
  memory: 'Resident memory',
  peers: 'The same work through better-auth (ratio = share of Roost’s rate)',
  postgres: 'PostgreSQL, one and two nodes (ratio = share of the rate on SQLite)',
  concurrency: 'Pairs by connections (ratio = share of the bare server’s pairs)',
  rows: 'Cost of a pair by stored verifications (1 = the cost with few rows, same rounds)',
  factors:
    'Checks of codes for challenges (ratio = share of the rate with codes that were sent), and by enrolled users',
  guard:
    'What the guard costs a create (ratio = share of the rate without it), and a replay of its decisions',
  soak: 'Memory over time under load',
};

const mib = (value: number) => `${value.toFixed(0)} MiB`;

async function measure(part: Part, shop: Workshop): Promise<Outcome> {
  switch (part) {
    case 'core': {
      const figures = await parts.core(shop);
      const peaks = Object.entries(figures.highestMiB).map(([name, peak]) => `${name} ${mib(peak)}`);
      return { figures, text: `${rateTable(figures.rows)}\nhighest memory: ${peaks.join(', ')}` };
    }
    case 'start': {
      const figures = await startUp(shop);
      const text = `empty folder ${whole(figures.emptyMs)} ms, existing database ${whole(figures.existingMs)} ms`;
      return { figures, text };
    }
    case 'memory': {
      const figures = await parts.memory(shop);
      const { atRestMiB, loadedMiB, afterMiB } = figures;
      const text = `at rest ${mib(atRestMiB)}, at most under load ${mib(loadedMiB)}, 3 s later ${mib(afterMiB)}`;
      return { figures, text };
    }
    case 'peers': {
      const onPostgres = shop.options.parts.includes('postgres');
      const figures = await parts.peers(shop, onPostgres ? [null, await database(shop)()] : [null]);
      return { figures, text: rateTable(figures) };
    }
    case 'postgres': {
      const figures = await parts.postgres(shop, database(shop));
      return { figures, text: rateTable(figures) };
    }
    case 'concurrency': {
      const figures = await parts.concurrency(shop);
      return { figures, text: rateTable(figures) };
    }
    case 'rows': {
      const figures = await parts.storedRows(shop);
      return { figures, text: storedTable('stored', 'pairs', figures) };
    }
    case 'factors': {
      const figures = await factors(shop);
      return {
        figures,
        text: `${rateTable(figures.checks)}\n\n${storedTable('users', 'checks', figures.users)}`,
      };
    }
    case 'guard': {
      const figures = await guard(shop, shop.options.parts.includes('postgres') ? database(shop) : null);
      const { decisions, seconds } = figures.replay;
      const replay = `replay of ${whole(decisions)} decisions: ${seconds.toFixed(1)} s`;
      return { figures, text: `${rateTable(figures.creates)}\n${replay}` };
    }
    case 'soak': {
      const figures = await soak(shop);
      const growth = figures.growth.map((share) => `${(share * 100).toFixed(1)} %`).join(', ');
      const text = `${figures.minutes.toFixed(1)} min, ${whole(figures.pairs)} pairs, growth ${growth}`;
      return { figures, text };
    }
  }
}

function storedTable(what: string, work: string, rows: readonly parts.StoredRow[]): string {
  const cells = rows.map((row) => [
    ...[whole(row.stored), whole(row.perSecond), row.p99Ms.toFixed(2), row.serverCpuUs.toFixed(1)],
    ...[row.costByRate.toFixed(3), row.costByCpu.toFixed(3)],
  ]);
  return table([what, `${work} per s`, 'p99 ms', 'cpu us', 'cost by rate', 'cost by cpu'], cells);
}

/** A part that cannot be measured must not take the figures of the others with it. */
function failed(error: unknown): Outcome {
  process.exitCode = 1;
  const reason = error instanceof Error ? error.message : String(error);
  return { figures: { failed: reason }, text: `FAILED: ${reason}` };
}

/** Makes databases on a PostgreSQL that is started when the first is asked for. */
function database(shop: Workshop): () => Promise<string> {
  let started: Promise<{ newDatabase(): Promise<string> }> | null = null;
  return async () => {
    started ??= import('./targets/postgres.ts').then(({ startDatabase }) =>
      startDatabase((clear) => shop.onClose(clear)),
    );
    return (await started).newDatabase();
  };
}

function machineText(machine: Machine): string {
  const { medianMs, p99Ms } = machine.syncedWrite;
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Node ${machine.node}; ${machine.kernel}; ` +
    `${machine.fileSystem}\none synced write of 4 KiB: median ${medianMs.toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms`
  );
}

async function main(options: Options): Promise<void> {
  const say = (text: string) => (options.json ? console.error(text) : console.log(text));
  const shop = new Workshop(options, say);
  const outcomes: Partial<Record<Part, unknown>> = {};
  try {
    const machine = describeMachine(shop.folder());
    say(machineText(machine));
    for (const part of options.parts) {
      say(`\n${titles[part]}`);
      const { figures, text } = await measure(part, shop).catch(failed);
      outcomes[part] = figures;
      say(text);
    }
    const result = { takenAt: new Date().toISOString(), machine, options, ...outcomes };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(`${RESULTS}latest.json`, `${JSON.stringify(result, null, 2)}\n`);
    if (options.json) console.log(JSON.stringify(result));
    else say('\nwritten to bench/results/latest.json');
  } finally {
    await shop.close();
  }
}

function optionsOrExit(): Options {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== 'help') return options;
    console.log(HELP);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(1);
  }
}

await main(optionsOrExit());
