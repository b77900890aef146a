import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../targets/spawn.ts';

/** Lanes from nodes to the database's side, each of which can be cut. */
export type Network = {
  readonly kind: 'namespace' | 'proxy';
  /** Of each lane: host and port under which its node finds the database. */
  readonly addresses: readonly string[];
  /** Loses every packet on the lane, both ways; connections hear nothing of it. Null where `Wire.hold` must do. */
  readonly lose: ((lane: number, lost: 'lost' | 'whole') => void) | null;
  close(): Promise<void>;
};

const RELAY = fileURLToPath(new URL('relay.ts', import.meta.url));
const PORT = 5432;
// States of a bridge's port (linux/if_bridge.h).
const DISABLED = '0';
const FORWARDING = '3';

/**
 * A network namespace for the database's side, joined by one pair of virtual cables for each lane, each ending in
 * a bridge whose port can be shut. Without the right to make one, plain loopback.
 */
export async function openNetwork(lanes: number, socketPath: string): Promise<Network> {
  const problem = whyNoNamespaces();
  if (problem === null) return openNamespace(lanes, socketPath);
  console.error(
    `no network namespaces (${problem}): partitions are made by a proxy that holds every byte back`,
  );
  const ports = await Promise.all(Array.from({ length: lanes }, freePort));
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const relay = await startRelay([], socketPath, addresses);
  return { kind: 'proxy', addresses, lose: null, close: () => endRelay(relay) };
}

async function openNamespace(lanes: number, socketPath: string): Promise<Network> {
  const name = `roost-${process.pid}`;
  const numbers = Array.from({ length: lanes }, (_, lane) => lane);
  const outside = (lane: number) => `roost${process.pid % 10_000}-${lane}`;
  const inside = (lane: number) => `cable${lane}`;
  // 198.18.0.0/15 is set aside for measurements (RFC 2544).
  const host = (lane: number, n: number) => `198.18.${process.pid % 250}.${lane * 4 + n}`;
  const close = () => {
    for (const lane of numbers) quietly(['link', 'del', outside(lane)]);
    quietly(['netns', 'del', name]);
  };
  let relay: ChildProcess | null = null;
  try {
    ip(['netns', 'add', name]);
    const within = (args: readonly string[]) => ip(['-n', name, ...args]);
    within(['link', 'set', 'lo', 'up']);
    for (const lane of numbers) {
      ip(['link', 'add', outside(lane), 'type', 'veth', 'peer', 'name', inside(lane), 'netns', name]);
      ip(['addr', 'add', `${host(lane, 1)}/30`, 'dev', outside(lane)]);
      ip(['link', 'set', outside(lane), 'up']);
      within(['link', 'add', `bridge${lane}`, 'type', 'bridge']);
      within(['link', 'set', inside(lane), 'master', `bridge${lane}`]);
      within(['addr', 'add', `${host(lane, 2)}/30`, 'dev', `bridge${lane}`]);
      within(['link', 'set', inside(lane), 'up']);
      within(['link', 'set', `bridge${lane}`, 'up']);
    }
    const addresses = numbers.map((lane) => `${host(lane, 2)}:${PORT}`);
    relay = await startRelay(['ip', 'netns', 'exec', name], socketPath, addresses);
    const started = relay;
    return {
      kind: 'namespace',
      addresses,
      lose: (lane, lost) => {
        const state = lost === 'lost' ? DISABLED : FORWARDING;
        within(['link', 'set', inside(lane), 'type', 'bridge_slave', 'state', state]);
      },
      async close() {
        await endRelay(started);
        close();
      },
    };
  } catch (error) {
    relay?.kill('SIGKILL');
    close();
    throw error;
  }
}

async function startRelay(
  prefix: readonly string[],
  socketPath: string,
  addresses: readonly string[],
): Promise<ChildProcess> {
  const [program = '', ...args] = [...prefix, process.execPath, RELAY, socketPath, ...addresses];
  const relay = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: relay.stdout });
  for (const _ of addresses) {
    const line = await Promise.race([once(lines, 'line'), once(relay, 'exit').then(() => null)]);
    if (line === null) throw new Error('the relay on the side of the database ended before it listened');
  }
  return relay;
}

async function endRelay(relay: ChildProcess): Promise<void> {
  if (relay.exitCode !== null || relay.signalCode !== null) return;
  relay.stdin?.end();
  await once(relay, 'exit');
}

function whyNoNamespaces(): string | null {
  const name = `roost-try-${process.pid}`;
  try {
    ip(['netns', 'add', name]);
    ip(['-n', name, 'link', 'add', 'try0', 'type', 'bridge']);
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n').at(-1) ?? error.message) : String(error);
  } finally {
    quietly(['netns', 'del', name]);
  }
}

function ip(args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function quietly(args: readonly string[]): void {
  try {
    ip(args);
  } catch {
    // it was not there
  }
}
