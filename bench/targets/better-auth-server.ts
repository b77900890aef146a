// better-auth's phone-number plugin behind node:http, set up as its documentation says, all limits off.
// BENCH_DATABASE is "sqlite:<file>" or a postgres URL. Both databases are fully durable.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { phoneNumber } from 'better-auth/plugins';
import pg from 'pg';

function openDatabase(where: string): DatabaseSync | pg.Pool {
  if (!where.startsWith('sqlite:')) return new pg.Pool({ connectionString: where, max: 20 });
  const database = new DatabaseSync(where.slice('sqlite:'.length), { timeout: 5_000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  return database;
}

const options = {
  baseURL: 'http://127.0.0.1',
  trustedOrigins: ['http://127.0.0.1:*'],
  secret: 'a secret that is long enough for a measurement 1234567890',
  database: openDatabase(process.env.BENCH_DATABASE ?? ''),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [
    phoneNumber({
      expiresIn: 3_600,
      otpLength: 6,
      // Handing over costs nothing here; the driver reads the code from the answer, as `returnToken` lets it.
      sendOTP: ({ code }, ctx) => {
        ctx?.setHeader('x-bench-code', code);
      },
      signUpOnVerification: {
        getTempEmail: (to) => `${to.slice(1)}@phone.invalid`,
        getTempName: (to) => to,
      },
    }),
  ],
} satisfies Parameters<typeof betterAuth>[0];

const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const handle = toNodeHandler(auth);

async function readJson(request: http.IncomingMessage): Promise<{ phoneNumber: string; code: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** The least that a check costs there: code judged and consumed, no user, no session, none of its routing. */
async function consume(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { phoneNumber: to, code } = await readJson(request);
  const outcome = await auth.api
    .consumePhoneNumberOTP({ body: { phoneNumber: to, code } })
    .catch((error: unknown) => error as Error);
  const body = JSON.stringify(outcome instanceof Error ? { message: outcome.message } : outcome);
  const status = outcome instanceof Error ? 400 : 200;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(body);
}

const server = http.createServer((request, response) => {
  if (request.url === '/consume') void consume(request, response);
  else void handle(request, response);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => process.exit(0));
