import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import phoneNumbers from 'libphonenumber-js/package.json' with { type: 'json' };
import { checkMasterKey } from './app/access/key-check.ts';
import { type Keyring, openKeyring, provisionKey } from './app/access/keyring.ts';
import { createDispatch } from './app/delivery/dispatch.ts';
import { listInbox } from './app/delivery/inbox.ts';
import { sweep } from './app/delivery/sweep.ts';
import { openSigningKeys, type SigningKeys } from './app/proofs/signing-keys.ts';
import { retain } from './app/retention/retain.ts';
import { createVault } from './app/vault.ts';
import type { Config } from './config.ts';
import type { ApprovedChallenge } from './domain/challenge.ts';
import { claimsOf } from './domain/proof.ts';
import { RETENTION } from './domain/retention.ts';
import { apiPlugin } from './http/api/plugin.ts';
import { assetsPlugin, readAssets } from './http/assets.ts';
import { answerHome } from './http/home.ts';
import { jwksPlugin } from './http/jwks.ts';
import { isLocal } from './http/local.ts';
import { messagebirdPlugin } from './http/messagebird/plugin.ts';
import { registerOpenapi } from './http/openapi.ts';
import { opsPlugin } from './http/ops.ts';
import { sandboxPlugin } from './http/sandbox/plugin.ts';
import { askToLeave, createServer, letGo, publicBase } from './http/server.ts';
import { type Clock, stopwatchMs } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import { masterKeyIn } from './kernel/master-key.ts';
import type { Random } from './kernel/random.ts';
import { createSignal } from './kernel/signal.ts';
import { createSlowHash } from './kernel/slow-hash.ts';
import { sandboxProvider } from './providers/sandbox.ts';
import { openDatabase, openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import { createDispatcher } from './worker/dispatcher.ts';
import { periodic } from './worker/periodic.ts';

export type Chance = { readonly clock: Clock; readonly random: Random; readonly log: Log };
export type Roost = {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly masterKey: Buffer;
  readonly signingKeys: SigningKeys;
  /** Makes sure that these keys work. */
  provision(keys: Config['keys']): Promise<void>;
  /** Listens and begins to work; answers the address for people, such as http://localhost:8080. */
  start(): Promise<string>;
  /** Says that it is not ready, finishes what was accepted (within 8 s), and lets go of everything. */
  stop(): Promise<void>;
};

const VERSION = '0.1.0';
const PROJECT = 'default';
const LEASE_MS = 10_000;
const SEND_TIMEOUT_MS = 8_000;
const RETENTION_PAUSE_MS = 10;
/** All of stopping, from the signal on. */
const DRAIN_MS = 8_000;
/** What is left of it for messages under way when connections that still ask are cut off. */
const LAST_WORDS_MS = 1_000;
/** Whoever asked for /ready twice this lately goes on asking, and sends requests elsewhere once it fails. */
const POLLED_LATELY_MS = 30_000;

/** Builds the whole house: the only place where concrete things meet. */
export async function composeRoost(config: Config, { clock, random, log }: Chance): Promise<Roost> {
  const isKeyLost = config.secretKey === null && hasLostKey(config);
  const store = await openStore(config, { clock, random, log, use: 'serve' });
  if (isKeyLost) {
    await store.close();
    throw new Error(
      `secret.key is missing in ${config.dataFolder}; put the one back that belongs to the database there`,
    );
  }
  const masterKey = config.secretKey ?? masterKeyIn(config.dataFolder, random);
  await checkMasterKey(store, masterKey).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const keyring = await openKeyring(store);
  const vault = createVault(masterKey, random);
  const sandbox = sandboxProvider();
  const changed = createSignal();
  const lease = { holder: holders(random), leaseMs: LEASE_MS };
  const dispatch = createDispatch({
    ...{ store, vault, random, log, lease, sendTimeoutMs: SEND_TIMEOUT_MS },
    providers: new Map([[sandbox.id, sandbox]]),
    changed: changed.emit,
  });
  const due = (limit: number) => store.read.dueMessages(store.nowMs(), limit);
  const dispatcher = createDispatcher({ dispatch, due, log, most: 256, pollEveryMs: 250 });
  const issuing = { store, vault, random, lease, route: () => sandbox, dispatch: dispatcher.born };
  const policy = () => config.policy;
  const slowHash = createSlowHash();
  const consume = { store, vault, slowHash, window: () => config.policy.totpWindow };
  const signing = await openSigningKeys({ store, vault, random });
  const issuer = config.publicUrl ?? 'roost';
  const prove = (challenge: ApprovedChallenge, user: string) =>
    signing.sign(claimsOf(challenge, user, issuer));
  const chores = [
    periodic('sweep', 30_000, () => sweep(store, 20_000), log),
    periodic('keys', 500, keyring.refresh, log),
    periodic('signing keys', 60_000, signing.refresh, log),
    periodic('retention', 60_000, () => retain({ store, retention: RETENTION, goOn }, 100_000), log),
  ];
  let draining = false;
  let polledMs: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const goOn = async () => {
    await sleep(RETENTION_PAUSE_MS);
    return !draining;
  };
  const app = createServer(random, log, config.logLevel === 'debug' ? 'log-answers' : 'log-failures');
  const assets = readAssets();
  const baseUrl = (request: FastifyRequest) => config.publicUrl ?? publicBase(request);
  await registerOpenapi(app, VERSION);
  await app.register(assetsPlugin, { assets });
  await app.register(opsPlugin, {
    ready: async () => {
      polledMs = [polledMs[1], stopwatchMs()];
      return !draining && (await answers(store));
    },
    facts: { version: VERSION, phoneMetadata: phoneNumbers.version },
  });
  await app.register(sandboxPlugin, {
    assets,
    inbox: {
      list: (query) => listInbox({ store, vault, provider: sandbox.id }, query),
      watch: changed.subscribe,
    },
    authenticate: keyring.authenticate,
    allowed: (request) =>
      config.sandbox === 'on' ||
      (config.sandbox === 'loopback' && isLocal(request, config.host, config.publicUrl)),
  });
  await app.register(jwksPlugin, { published: signing.published });
  await app.register(apiPlugin, {
    prefix: '/v1',
    factors: { enrol: { ...issuing, slowHash }, consume, policy },
    challenges: { challenge: { ...consume, prove }, send: { ...issuing, policy }, sign: signing.sign },
    proofs: { store, keys: signing.all },
    authenticate: keyring.authenticate,
    nowMs: () => store.nowMs(),
    log,
  });
  await app.register(messagebirdPlugin, {
    verify: {
      create: issuing,
      check: { ...consume, closed: changed.emit },
      policy,
      sandbox: sandbox.id,
      baseUrl,
    },
    home: (request, reply) => answerHome(assets, request, reply),
    authenticate: keyring.authenticate,
    nowMs: () => store.nowMs(),
    log,
  });
  return {
    ...{ app, store, keyring, masterKey, signingKeys: signing },
    async provision({ live, test }) {
      if (live !== null) await provisionKey(store, live, PROJECT, 'ROOST_LIVE_KEY');
      if (test !== null) await provisionKey(store, test, PROJECT, 'ROOST_TEST_KEY');
      await keyring.refresh();
    },
    async start() {
      await app.listen({ host: config.host, port: config.port });
      dispatcher.start();
      for (const chore of chores) chore.start();
      return addressOf(app, config.host);
    },
    async stop() {
      const sinceMs = stopwatchMs();
      const leftMs = () => Math.max(0, DRAIN_MS - (stopwatchMs() - sinceMs));
      draining = true;
      askToLeave(app.server);
      if (sinceMs - polledMs[0] < POLLED_LATELY_MS) await sleep(config.drainMs);
      const timers = letGo(app.server, leftMs() - LAST_WORDS_MS);
      await app.close();
      for (const timer of timers) clearTimeout(timer);
      await dispatcher.stop(leftMs());
      await Promise.all(chores.map((chore) => chore.stop()));
      await store.close();
    },
  };
}

export { openDatabase, openStore };

/** Names for holders of leases, each used once. */
function holders(random: Random): () => string {
  const node = random.bytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${node}:${count}`;
  };
}

async function answers(store: Store): Promise<boolean> {
  return store.read.dueMessages(0, 1).then(
    () => true,
    () => false,
  );
}

/** Loopback is called localhost, as people type it. */
function addressOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = /^(127\.|0\.0\.0\.0|::1?$|localhost$)/.test(host) ? 'localhost' : host;
  return `http://${name}:${port}`;
}

/** A new key beside an old database would open nothing in it, and be taken for the right one by whoever backs it up. */
const hasLostKey = ({ dataFolder, databaseUrl }: Config): boolean =>
  databaseUrl === null &&
  existsSync(join(dataFolder, 'roost.db')) &&
  !existsSync(join(dataFolder, 'secret.key'));
