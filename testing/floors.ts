import { findCircles } from './circles.ts';
import { importsOf, packageOf, resolveImport, type Sources } from './imports.ts';

/** Who may import whom: docs/architecture.md tells why. A file's own floor is always open to it. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  domain: ['kernel'],
  store: ['domain', 'kernel'],
  providers: ['domain', 'kernel'],
  app: ['domain', 'kernel', 'store/store.ts', 'providers/provider.ts'],
  http: ['app', 'domain', 'kernel'],
  worker: ['app', 'domain', 'kernel'],
  config: ['domain', 'kernel'],
  compose: ['config', 'http', 'worker', 'app', 'store', 'providers', 'domain', 'kernel'],
  cli: ['compose', 'config', 'app', 'domain', 'kernel'],
  main: ['cli', 'compose', 'config'],
};

/** Files at the top of `server/src`, which are floors of their own. */
const ROOF: Readonly<Record<string, string>> = {
  'main.js': 'main',
  'main.ts': 'main',
  'own-node.js': 'main',
  'compose.ts': 'compose',
  'config.ts': 'config',
};

/** Of these, those with parts in a folder of the same name beside them. */
const HAS_PARTS = ['compose', 'config'];

/** Node's modules that neither wait nor touch the world, for the heart. */
const PURE_NODE = ['node:assert', 'node:buffer', 'node:crypto', 'node:url', 'node:util', 'node:zlib'];
const PURE_PACKAGES = ['libphonenumber-js', '@simplewebauthn/server'];

const SERVER = 'server/src/';

/** Every import that goes up, sideways, in a circle or out of its house, as one sentence each. */
export function findFloorProblems(sources: Sources): string[] {
  const problems = [...sources].flatMap(([file, source]) =>
    [...new Set(importsOf(source))].flatMap((specifier) => judge(file, specifier) ?? []),
  );
  const strays = [...sources.keys()].filter((file) => file.startsWith(SERVER) && floorOf(file) === null);
  return [
    ...strays.map((file) => `${file} is on no floor: move it to ${Object.keys(FLOORS).join(', ')}`),
    ...problems,
    ...findCircles(sources).map((circle) => `circle: ${circle.join(' -> ')}`),
  ];
}

function judge(file: string, specifier: string): string | null {
  const target = resolveImport(file, specifier);
  const reason = file.startsWith(SERVER)
    ? target === null
      ? judgeServerPackage(file, specifier)
      : judgeServerFile(file, target)
    : judgeOtherHouse(file, specifier, target);
  return reason === null ? null : `${file} imports ${target ?? specifier}: ${reason}`;
}

function judgeServerFile(file: string, target: string): string | null {
  if (!target.startsWith(SERVER)) return 'the server imports nothing outside server/src';
  const from = floorOf(file);
  const to = floorOf(target);
  if (from === null || to === null) return null; // told once, for the file
  if (from === to) return judgeRooms(file, target);
  const open = FLOORS[from] ?? [];
  const isOpen = open.includes(to) || open.includes(target.slice(SERVER.length));
  return isOpen ? null : `${from} may import ${open.join(', ') || 'no other floor'}`;
}

function judgeRooms(file: string, target: string): string | null {
  const from = roomOf(file);
  const to = roomOf(target);
  const isSideways = from !== null && to !== null && from !== to;
  return isSideways ? `rooms on one floor do not import one another (${from}, ${to})` : null;
}

function judgeServerPackage(file: string, specifier: string): string | null {
  const floor = floorOf(file);
  const name = packageOf(specifier);
  if (name === '@roost/client' || name === 'birdbank')
    return 'the server knows neither its client nor the bank';
  if (floor === 'kernel' && !specifier.startsWith('node:')) {
    const isOpen =
      (name === 'pino' && file.startsWith(`${SERVER}kernel/log`)) ||
      (name === '@opentelemetry/api' && file.startsWith(`${SERVER}kernel/trace`));
    return isOpen ? null : 'kernel imports node alone, pino in log, and OpenTelemetry in trace';
  }
  if (floor === 'domain') {
    const isPure = specifier.startsWith('node:')
      ? PURE_NODE.includes(specifier)
      : PURE_PACKAGES.includes(name);
    return isPure
      ? null
      : `domain is pure: of packages it may import ${[...PURE_PACKAGES, ...PURE_NODE].join(', ')}`;
  }
  return null;
}

function judgeOtherHouse(file: string, specifier: string, target: string | null): string | null {
  const house = file.startsWith('client/') ? 'client' : 'birdbank';
  if (target !== null)
    return target.startsWith(`${house}/src/`) ? null : `${house} imports no file of another workspace`;
  if (house === 'client') return 'the client imports nothing';
  return packageOf(specifier) === '@roost/server'
    ? 'birdbank reaches Roost through @roost/client alone'
    : null;
}

function floorOf(file: string): string | null {
  const place = file.slice(SERVER.length);
  const [first = '', ...rest] = place.split('/');
  if (rest.length === 0) return ROOF[first] ?? null;
  return first in FLOORS && (HAS_PARTS.includes(first) || !Object.values(ROOF).includes(first))
    ? first
    : null;
}

/** The folder on its floor that a file lives in; null for a file directly on the floor. */
function roomOf(file: string): string | null {
  const [floor, room, ...rest] = file.slice(SERVER.length).split('/');
  return rest.length === 0 ? null : `${floor}/${room}`;
}
