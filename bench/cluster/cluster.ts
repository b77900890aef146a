import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  findPrimary,
  isMemberRunning,
  killMember,
  standings,
  startCluster,
  startMember,
  stopCluster,
} from './control.ts';
import { addressesOf, DEFAULT_FOLDER, readLayout } from './layout.ts';

const HELP = `bench/cluster/up | down | status | kill-primary | node bench/cluster/cluster.ts revive
  --folder f   where the cluster lives (${DEFAULT_FOLDER})
  up            makes and starts a fresh cluster, and prints how to reach it
  down          ends it and removes its folder
  status        who is the primary, and how to reach it
  kill-primary  SIGKILL for the primary's Patroni and PostgreSQL
  revive        starts every member that is not running`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      folder: { type: 'string', default: DEFAULT_FOLDER },
      help: { type: 'boolean', default: false },
    },
  });
  const folder = resolve(values.folder);
  if (values.help) return console.log(HELP);
  switch (positionals[0]) {
    case 'up':
      await startCluster(folder);
      return status(folder);
    case 'down':
      return stopCluster(readLayout(folder));
    case 'status':
      return status(folder);
    case 'kill-primary':
      return killPrimary(folder);
    case 'revive':
      return revive(folder);
    default:
      console.error(HELP);
      process.exitCode = 1;
  }
}

async function status(folder: string): Promise<void> {
  const layout = readLayout(folder);
  for (const { name, role, state } of await standings(layout)) console.log(`${name}  ${role}  ${state}`);
  const { hosts, proxy } = addressesOf(layout);
  console.log(`DATABASE_URL=${hosts}\nor, through the proxy, DATABASE_URL=${proxy}`);
}

async function killPrimary(folder: string): Promise<void> {
  const layout = readLayout(folder);
  const primary = await findPrimary(layout);
  if (primary === null) throw new Error('there is no primary now');
  const count = await killMember(layout, primary);
  console.log(`killed ${primary.name}: Patroni and ${count} PostgreSQL processes`);
}

function revive(folder: string): void {
  const layout = readLayout(folder);
  for (const member of layout.members.filter((one) => !isMemberRunning(layout, one))) {
    startMember(layout, member);
    console.log(`started ${member.name}`);
  }
}

await main().catch((error: unknown) => {
  const reason = error instanceof Error ? error : new Error(String(error));
  console.error(reason.message, reason.cause instanceof Error ? `(${reason.cause.message})` : '');
  process.exitCode = 1;
});
