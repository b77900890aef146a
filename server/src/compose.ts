import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import phoneNumbers from 'libphonenumber-js/package.json' with { type: 'json' };
import { checkMasterKey } from './app/access/key-check.ts';
import { type Keyring, type NoteKey, openKeyring, provisionKey } from './app/access/keyring.ts';
import { auditKey, createAudit } from './app/audit.ts';
import { withCounts } from './app/counted.ts';
import { listInbox } from './app/delivery/inbox.ts';
import { finishRestore } from './app/erasure/restore.ts';
import type { Exemption } from './app/guard.ts';
import { noteExemption } from './app/guard-exemptions.ts';
import { createOutcomes } from './app/guard-outcomes.ts';
import { withLateChanges } from './app/insight/late.ts';
import { createLeave } from './app/leaving.ts';
import { createNotices } from './app/notices.ts';
import { isUnowned, makeLink } from './app/operators/links.ts';
import { openSigningKeys, type SigningKeys } from './app/proofs/signing-keys.ts';
import { createSafe } from './app/safe.ts';
import { createFaults } from './app/sandbox/faults.ts';
import { createVault } from './app/vault.ts';
import { allocations } from './compose/allocations.ts';
import { effectOfDraft, layersBelow } from './compose/below.ts';
import { composeChores } from './compose/chores.ts';
import { composeDelivery, type Delivery, mayCall } from './compose/delivery.ts';
import { examineProviders } from './compose/examine.ts';
import { metadataNotes, watchMetadata } from './compose/fido-metadata.ts';
import { addGauges, watchProcess } from './compose/gauges.ts';
import { composeInsight } from './compose/insight.ts';
import { composeLayers, editDeps } from './compose/layers.ts';
import { createMeters } from './compose/meters.ts';
import { composeNumbers } from './compose/numbers.ts';
import { makeProviders, readProviderSettings } from './compose/providers.ts';
import { composeRooms } from './compose/rooms.ts';
import { sandboxSwitches } from './compose/sandbox.ts';
import { addressOf, metricsAccess } from './compose/surface.ts';
import { composeWebhooks } from './compose/webhooks.ts';
import type { Config } from './config.ts';
import type { ApprovedChallenge } from './domain/challenge.ts';
import { LOCAL_WEBAUTHN, ownWebauthn } from './domain/factor/webauthn-policy.ts';
import { STAFF_PROJECT } from './domain/operator.ts';
import { claimsOf } from './domain/proof.ts';
import { carriedTo } from './domain/route.ts';
import type { Scope } from './domain/scope.ts';
import { apiPlugin } from './http/api/plugin.ts';
import { assetsPlugin, readAssets } from './http/assets.ts';
import { keysRoom } from './http/console/keys.ts';
import { meRoom } from './http/console/me.ts';
import { peopleRoom } from './http/console/people.ts';
import { consolePlugin } from './http/console/plugin.ts';
import { docsPlugin } from './http/docs/plugin.ts';
import { readShelf } from './http/docs/shelf.ts';
import { answerHome } from './http/home.ts';
import { jwksPlugin } from './http/jwks.ts';
import { isLocal } from './http/local.ts';
import { measureRequests } from './http/measured.ts';
import { messagebirdPlugin } from './http/messagebird/plugin.ts';
import { metricsPlugin } from './http/metrics.ts';
import { registerOpenapi } from './http/openapi.ts';
import { opsPlugin } from './http/ops.ts';
import { receiptsPlugin } from './http/receipts.ts';
import { relatedOriginsPlugin } from './http/related-origins.ts';
import { sandboxPlugin } from './http/sandbox/plugin.ts';
import { askToLeave, createServer, letGo, publicBase } from './http/server.ts';
import { type Clock, stopwatchMs } from './kernel/clock.ts';
import { addToErasureList } from './kernel/erasure-list.ts';
import { deriveKey, macOf } from './kernel/hmac.ts';
import type { Log } from './kernel/log.ts';
import { masterKeyIn } from './kernel/master-key.ts';
import type { Random } from './kernel/random.ts';
import { outsideRequests } from './kernel/request-scope.ts';
import { createSignal } from './kernel/signal.ts';
import { createSlowHash } from './kernel/slow-hash.ts';
import { VERSION } from './kernel/version.ts';
import { PROVIDER_KINDS } from './providers/kinds.ts';
import { sandboxProvider } from './providers/sandbox.ts';
import { openDatabase, openStore } from './store/open.ts';
import type { Store, Transaction } from './store/store.ts';

export type Chance = { readonly clock: Clock; readonly random: Random; readonly log: Log };
export type Roost = {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly masterKey: Buffer;
  readonly signingKeys: SigningKeys;
  /** Makes a link to the console that works once, for whoever reads what the start prints. */
  consoleLink(purpose: 'first' | 'sign-in'): Promise<string | null>;
  /** Makes sure that these keys work. */
  provision(keys: Config['keys']): Promise<void>;
  /** Counts now what became of codes, which otherwise happens within a tenth of a second. */
  settle(): Promise<void>;
  /** Listens and begins to work; answers the address for people, such as http://localhost:8080. */
  start(): Promise<string>;
  /** Says that it is not ready, finishes what was accepted (within 8 s), and lets go of everything. */
  stop(): Promise<void>;
};

const PROJECT = 'default';
const RETENTION_PAUSE_MS = 10;
/** All of stopping, from the signal on. */
const DRAIN_MS = 8_000;
/** What is left of it for messages under way when connections that still ask are cut off. */
const LAST_WORDS_MS = 1_000;
/** Whoever asked for /ready twice this lately goes on asking, and sends requests elsewhere once it fails. */
const POLLED_LATELY_MS = 30_000;

/** Builds the whole house: the only place where concrete things meet. */
export async function composeRoost(config: Config, { clock, random, log: plainLog }: Chance): Promise<Roost> {
  const meters = createMeters();
  const log = meters.log(plainLog);
  const named = readProviderSettings(config);
  const isKeyLost = config.secretKey === null && hasLostKey(config);
  const opened = await openStore(config, { clock, random, log, use: 'serve', batch: meters.batch });
  const late = withLateChanges(withCounts(opened, meters.counting));
  const bare = late.store;
  if (isKeyLost) {
    await bare.close();
    throw new Error(
      `secret.key is missing in ${config.dataFolder}; put the one back that belongs to the database there`,
    );
  }
  const masterKey = config.secretKey ?? masterKeyIn(config.dataFolder, random);
  await orClose(bare, () => checkMasterKey(bare, masterKey));
  const vault = createVault(masterKey, random);
  const safe = createSafe(masterKey, random);
  const webhooks = await composeWebhooks({
    ...{ config, store: bare, vault, safe, random, log, version: VERSION },
    attempted: meters.attempted,
  });
  const { store } = webhooks;
  const keyring = await openKeyring(store);
  const changed = createSignal();
  const faults = createFaults({ store, random }, changed.emit);
  await orClose(store, faults.refresh);
  const sandbox = sandboxProvider(faults.meet);
  const providers = await orClose(store, () =>
    makeProviders(config, named, sandbox, {
      ...{ nowMs: () => store.nowMs(), random },
      onReceipt: (provider, reading) => delivery.receive.from(provider, reading),
    }),
  );
  const layers = await orClose(store, () => composeLayers({ config, store, log, providers, sandbox }));
  const policy = (projectId: string) => layers.current().policy(projectId);
  const rules = (projectId: string) => layers.current().rules(projectId);
  const routes = (projectId: string) => layers.current().routes(projectId);
  const guard = {
    ...{ vault, rules: ({ projectId }: Scope) => rules(projectId) },
    isEnforced: config.guard === 'enforce',
    channels: (projectId: string, country: string | null) =>
      carriedTo(routes(projectId), mayCall(config.guard, rules(projectId), country)),
    noteExempt: (tx: Transaction, entry: Exemption) => noteExemption(audit, tx, entry),
    ...{ stepUp: config.stepUp, lists: config.numberLists, random, nowMs: () => store.nowMs() },
  };
  const delivery: Delivery = composeDelivery({
    ...{ config, store, vault, safe, random, log, providers, sandbox, policy, routes, rules },
    leave: createLeave({ safe, guard }),
    changed: changed.emit,
    sent: meters.sent,
  });
  const { router, lease, dispatcher } = delivery;
  const outcomes = createOutcomes({ store, log });
  const issuing = {
    store,
    vault,
    safe,
    random,
    lease,
    guard,
    route: router.first,
    dispatch: (...born: Parameters<typeof dispatcher.born>) =>
      outsideRequests(() => dispatcher.born(...born)),
  };
  const numbers = composeNumbers({ store, vault, safe, random, log, providers, sandbox });
  const slowHash = createSlowHash();
  const ownPasskeys = ownWebauthn(config.publicUrl);
  const metadata = watchMetadata(config.policy.webauthn, { log, nowMs: () => store.nowMs() });
  const webauthn = (projectId: string) =>
    projectId === STAFF_PROJECT
      ? (ownPasskeys ?? LOCAL_WEBAUTHN)
      : { ...policy(projectId).webauthn, metadata: metadata.current() };
  // What operators have confirmed there lets nobody in, so no notice would be true.
  const words = (projectId: string) => (projectId === STAFF_PROJECT ? null : policy(projectId).notices);
  const notices = createNotices({ store, vault, safe, guard, route: router.first, words });
  const consume = {
    ...{ store, vault, random, log, slowHash, webauthn, notices, told: outcomes.note },
    window: () => config.policy.totpWindow,
    judged: meters.judged,
  };
  const node = `serve ${random.bytes(4).toString('hex')}`;
  const audit = createAudit({ store, masterKey, node });
  const erasing = {
    ...{ store: bare, vault, safe, audit, log },
    list: (lines: readonly string[]) => {
      try {
        addToErasureList(config.dataFolder, lines);
      } catch (error) {
        log.error('erasures.unlisted', {}, error); // the log and the audit log tell of it all the same
      }
    },
  };
  const signing = await openSigningKeys({ store, vault, random, audit });
  const issuer = config.publicUrl ?? 'roost';
  const prove = (challenge: ApprovedChallenge, user: string) =>
    signing.sign(claimsOf(challenge, user, issuer));
  const kinds = (projectId: string) => policy(projectId).factorKinds;
  const signEvidence = (claims: object, type: string) =>
    signing.sign({ iss: issuer, iat: Math.floor(store.nowMs() / 1000), ...claims }, type);
  const note = (action: string, object: string, result: string) =>
    store.transaction(async (tx) => audit.note(tx, { actor: null, action, object, result }));
  const chores = [
    ...delivery.chores,
    ...webhooks.chores,
    ...numbers.chores,
    ...composeChores({
      ...{ store, bare, log, audit, signing, keyring, outcomes, layers, faults, metadata },
      ...{ auditKey: auditKey(masterKey), goOn: () => goOn() },
    }),
  ];
  let draining = false;
  let unwatch = () => {};
  let polledMs: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const goOn = async () => {
    await sleep(RETENTION_PAUSE_MS);
    return !draining;
  };
  const app = createServer(random, log, config.logLevel === 'debug' ? 'log-answers' : 'log-failures');
  measureRequests(app, meters.request);
  addGauges(meters.metrics, { config, store, signing, metadata, registry: webhooks.endpoints.registry });
  const assets = readAssets();
  const baseUrl = (request: FastifyRequest) => config.publicUrl ?? publicBase(request);
  await registerOpenapi(app, VERSION);
  await app.register(assetsPlugin, { assets });
  await app.register(docsPlugin, { assets, shelf: readShelf() });
  await app.register(opsPlugin, {
    ready: async () => {
      polledMs = [polledMs[1], stopwatchMs()];
      return !draining && (await answers(store));
    },
    notes: () => metadataNotes(metadata.state()),
    facts: { version: VERSION, phoneMetadata: phoneNumbers.version },
  });
  await app.register(metricsPlugin, { read: meters.metrics.read, access: metricsAccess(config) });
  await app.register(sandboxPlugin, {
    assets,
    inbox: {
      list: (query) => listInbox({ store, vault, safe, provider: sandbox.id }, query),
      watch: changed.subscribe,
    },
    ...sandboxSwitches({ store, audit, faults, changed: changed.emit }),
    authenticate: keyring.authenticate,
    allowed: (request) =>
      config.sandbox === 'on' ||
      (config.sandbox === 'loopback' && isLocal(request, config.host, config.publicUrl)),
  });
  await app.register(receiptsPlugin, {
    ...{ receive: delivery.receive.at, receiveCollected: delivery.receive.collected },
    ...{ publicUrl: config.publicUrl, nowMs: () => store.nowMs() },
  });
  await app.register(jwksPlugin, { published: signing.published, everPublished: signing.everPublished });
  await app.register(relatedOriginsPlugin, { origins: config.policy.webauthn.relatedOrigins });
  await app.register(apiPlugin, {
    prefix: '/v1',
    factors: { enrol: { ...issuing, slowHash, webauthn, notices }, consume, policy },
    challenges: { challenge: { ...consume, prove, kinds }, send: { ...issuing, policy }, sign: signEvidence },
    proofs: { store, vault, keys: signing.all, sign: signing.sign, issuer },
    webhooks: webhooks.endpoints,
    allocation: allocations(),
    messages: { policy, prices: config.prices },
    subjects: erasing,
    authenticate: keyring.authenticate,
    nowMs: () => store.nowMs(),
    log,
  });
  const signIn = { store, vault, random, slowHash, audit, pepper: deriveKey(masterKey, 'operator password') };
  const enrolling = { ...issuing, slowHash, webauthn, notices };
  const insight = composeInsight({
    ...{ store, late, vault, random, log, issuing, audit, sandbox: sandbox.id, erasing },
    providers: [...providers.keys()].filter((id) => id !== sandbox.id),
    isDraining: () => draining,
  });
  chores.push(...insight.chores);
  await app.register(consolePlugin, {
    ...{ assets, log, nowMs: () => store.nowMs(), signIn, people: { store, audit } },
    ...{ publicUrl: config.publicUrl, takesPasskeys: ownPasskeys !== null },
    ...{ staff: { store, vault }, enrol: enrolling, consume, challenge: { ...consume, prove, kinds } },
    formKey: deriveKey(masterKey, 'console forms'),
    keysChanged: keyring.refresh,
    record: (operator, action, object, result) =>
      store.transaction(async (tx) => audit.note(tx, { actor: operator.id, action, object, result })),
    rooms: [
      ...insight.rooms,
      ...[peopleRoom, meRoom, keysRoom],
      ...composeRooms({
        ...{ config, store, vault, masterKey, providers, sandbox, router, policy, texts: issuing },
        ...{ layers, routes, rules, editing: editDeps(layers, store, audit) },
        ...{ webhooks: webhooks.endpoints, faults, metadata: metadata.state },
      }),
    ],
  });
  await app.register(messagebirdPlugin, {
    verify: {
      create: issuing,
      check: { ...consume, closed: changed.emit },
      policy,
      sandbox: sandbox.id,
      baseUrl,
    },
    texts: { texts: issuing, sandbox: sandbox.id, baseUrl },
    numbers: { hlr: numbers.hlr, baseUrl },
    home: (request, reply) => answerHome(assets, request, reply),
    authenticate: keyring.authenticate,
    nowMs: () => store.nowMs(),
    log,
  });
  return {
    ...{ app, store, keyring, masterKey, signingKeys: signing },
    async consoleLink(purpose) {
      if (purpose === 'first' && !(await isUnowned({ store }))) return null;
      return `/console/link/${await makeLink({ store, random }, purpose, 'owner')}`;
    },
    settle: outcomes.flush,
    async provision({ live, test }) {
      const provisioned: NoteKey = (tx, { id, mode, name }) =>
        audit.note(tx, { actor: null, action: 'key.provisioned', object: id, result: `${mode} ${name}` });
      if (live !== null) await provisionKey(store, live, PROJECT, 'ROOST_LIVE_KEY', provisioned);
      if (test !== null) await provisionKey(store, test, PROJECT, 'ROOST_TEST_KEY', provisioned);
      await keyring.refresh();
    },
    async start() {
      await finishRestore(erasing);
      await note('server.started', VERSION, `config ${configDigest(auditKey(masterKey), config)}`);
      await app.listen({ host: config.host, port: config.port });
      unwatch = watchProcess(meters.metrics);
      dispatcher.start();
      webhooks.start();
      for (const chore of chores) chore.start();
      return addressOf(app, config.host);
    },
    async stop() {
      const sinceMs = stopwatchMs();
      const leftMs = () => Math.max(0, DRAIN_MS - (stopwatchMs() - sinceMs));
      draining = true;
      unwatch();
      askToLeave(app.server);
      if (sinceMs - polledMs[0] < POLLED_LATELY_MS) await sleep(config.drainMs);
      const timers = letGo(app.server, leftMs() - LAST_WORDS_MS);
      await app.close();
      for (const timer of timers) clearTimeout(timer);
      await dispatcher.stop(leftMs());
      await delivery.close(leftMs());
      await webhooks.stop(leftMs());
      await Promise.all(chores.map((chore) => chore.stop()));
      await outcomes.flush();
      await store.close();
    },
  };
}

export { effectOfDraft, examineProviders, layersBelow, openDatabase, openStore, PROVIDER_KINDS };

/** What `make` makes; when it cannot, the store is let go of. */
async function orClose<T>(store: Store, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function answers(store: Store): Promise<boolean> {
  return store.read.dueMessages(0, 1).then(
    () => true,
    () => false,
  );
}

/** Tells whether two starts went by the same configuration: what providers and prices are, and which rules hold. */
function configDigest(
  key: Uint8Array,
  { policy, guard, guardRules, providers, routes, prices, templates }: Config,
): string {
  const facts = { policy, guard, guardRules, providers, routes, prices, templates };
  return macOf(key, ['config', JSON.stringify(facts)]).toString('hex', 0, 8);
}

/** A new key beside an old database would open nothing in it, and be taken for the right one by whoever backs it up. */
const hasLostKey = ({ dataFolder, databaseUrl }: Config): boolean =>
  databaseUrl === null &&
  existsSync(join(dataFolder, 'roost.db')) &&
  !existsSync(join(dataFolder, 'secret.key'));
