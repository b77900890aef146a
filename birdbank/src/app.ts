import type { DatabaseSync } from 'node:sqlite';
import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import { createProofVerifier } from '@roost/client';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { serveAssets } from './assets.ts';
import type { AuthBank } from './auth.ts';
import { addAuthPages } from './auth-routes.ts';
import { AUDIENCE, type Bank } from './bank.ts';
import { createConfirming } from './confirm/confirming.ts';
import { createCustomerSessions } from './customer-sessions.ts';
import { createCustomerVisits } from './customer-visits.ts';
import { createCustomers } from './customers.ts';
import { createDevices } from './devices.ts';
import { createEvents } from './events.ts';
import { secureHeaders } from './headers.ts';
import type { Keys } from './keys.ts';
import { checkCode, enterCodePage, resendCode } from './pages/enter-code.ts';
import { phoneNumberPage, submitNumber } from './pages/phone-number.ts';
import { broken, notFound, unreadable } from './pages/problem.ts';
import { successPage } from './pages/success.ts';
import { createPasswordHashes } from './passwords/hash.ts';
import { createBanking } from './payments/routes.ts';
import { endingPurpose } from './security/ending.ts';
import { securityPurpose } from './security/fresh.ts';
import { createSend } from './send.ts';
import { createSessions } from './sessions.ts';
import { createThrottle } from './sign-in/throttle.ts';
import { createVisits, type Send, type Visits } from './visits.ts';
import { takeLanguageChoices } from './words/choosing.ts';
import { wordsFor } from './words/words.ts';

export type BankDeps = Bank & {
  readonly database: DatabaseSync;
  readonly keys: Keys;
  /** Where Roost's own pages are, for people. */
  readonly roostUrl: string;
  /** Whether nothing is sent whatever Roost is set to do: the key is a test key. */
  readonly isTest: boolean;
  /** Proxies in front of us, by address: what they say of where a request came from is believed, and nobody else. */
  readonly trustProxy: readonly string[];
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly fetch?: typeof globalThis.fetch;
};

const MOST_BODY_BYTES = 16_384;
const REQUEST_TIMEOUT_MS = 30_000;

/** BirdBank, ready to listen. */
export async function createBank(deps: BankDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    trustProxy: deps.trustProxy.length === 0 ? false : [...deps.trustProxy],
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.removeAllContentTypeParsers(); // forms alone, below: a page of another site cannot send anything else unasked
  await app.register(formBody, { bodyLimit: MOST_BODY_BYTES });
  await app.register(cookie);
  await secureHeaders(app);
  if (deps.trustProxy.length === 0) tellOfProxy(app, deps);
  takeLanguageChoices(app);
  const send = createSend(deps, await serveAssets(app));
  addAllPages(app, deps, send);
  addProblemPages(app, deps, send);
  return app;
}

/** A proxy that nobody has told us of: every customer seems to be at one place, and no page knows that it goes by TLS. */
function tellOfProxy(app: FastifyInstance, { tellStaff }: Bank): void {
  let isTold = false;
  app.addHook('onRequest', async ({ headers }) => {
    if (isTold || headers['x-forwarded-for'] === undefined) return;
    isTold = true;
    tellStaff(
      'a proxy says where requests come from (X-Forwarded-For) and is not trusted: set BIRDBANK_TRUST_PROXY',
    );
  });
}

function addAllPages(app: FastifyInstance, deps: BankDeps, send: Send): void {
  const { keys, nowMs, roostUrl, isTest } = deps;
  const verifier = createProofVerifier({
    ...{ url: roostUrl, audience: AUDIENCE, mode: isTest ? 'test' : 'live', now: nowMs },
    ...(deps.fetch === undefined ? {} : { fetch: deps.fetch }),
  });
  const banking = createBanking({ ...deps, verifier });
  const bank: AuthBank = {
    ...{ roost: deps.roost, appHost: deps.appHost, tellStaff: deps.tellStaff },
    customers: createCustomers(deps, keys, banking.openAccounts),
    customerSessions: createCustomerSessions(deps, keys.places),
    devices: createDevices(deps),
    events: createEvents(deps),
    passwords: createPasswordHashes({ pepper: keys.pepper, randomBytes: deps.randomBytes }),
    throttle: createThrottle(deps, keys.lookup),
  };
  const visits = createVisits({ ...deps, ...bank, sessions: createSessions(deps, keys.visits), send });
  const customers = createCustomerVisits({ ...bank, sessions: bank.customerSessions, keys, nowMs, send });
  const confirming = createConfirming(bank, bank.events, [
    securityPurpose,
    endingPurpose(bank),
    banking.purpose,
  ]);
  addPages(app, deps, visits);
  addAuthPages(app, bank, visits, customers, confirming);
  banking.addPages(app, { ...customers, ask: confirming.ask });
}

// #region routes
function addPages(app: FastifyInstance, bank: Bank, { look, submit }: Visits): void {
  const takeNumber = submit((visit) => submitNumber(bank, visit));
  const takeCode = submit((visit) => checkCode(bank, visit));
  const sendAgain = submit((visit) => resendCode(bank, visit));

  app.get('/', look(phoneNumberPage));
  app.post('/', takeNumber);
  app.get('/EnterCode/:id', look(enterCodePage));
  app.post('/EnterCode/:id', takeCode);
  app.post('/EnterCode/:id/resend', sendAgain);
  app.get('/success', look(successPage));
}
// #endregion

function addProblemPages(app: FastifyInstance, bank: Bank, send: Send): void {
  app.setNotFoundHandler((request, reply) => send(reply, notFound(wordsFor(request))));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) return send(reply, unreadable(wordsFor(request), status));
    bank.tellStaff(`${request.method} ${request.routeOptions.url ?? 'unknown'}: ${error.stack ?? error}`);
    return send(reply, broken(wordsFor(request)));
  });
}
