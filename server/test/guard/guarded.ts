import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, LIVE_KEY, type Scope, type StartedRoost, startRoost } from '../support/roost.ts';

export type Guarded = StartedRoost & {
  /** Numbers that the gateway was handed a message for, with the code that it held. */
  readonly handed: { readonly to: string; readonly code: string }[];
  /** A create with the live key, whose messages the gateway carries. */
  send(recipient: string, more?: object): Promise<Answer>;
  /** The newest code handed over for this number, waiting for it. */
  codeFor(recipient: string): Promise<string>;
};

/** Roost with a real provider on loopback: MessageBird's `/messages`, accepting everything. */
export async function startGuarded(
  t: Scope,
  guard: object,
  {
    env = {},
    prices = [],
    more = {},
    providers = {},
  }: {
    readonly env?: object;
    readonly prices?: readonly object[];
    readonly more?: object;
    readonly providers?: object;
  } = {},
): Promise<Guarded> {
  const handed: { to: string; code: string }[] = [];
  const gateway = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { recipients, body } = JSON.parse(text) as { recipients: string[]; body: string };
    handed.push({ to: `+${recipients[0]}`, code: /\d{6,10}/.exec(body)?.[0] ?? '' });
    const status = { totalSentCount: 1, items: [{ recipient: Number(recipients[0]), status: 'sent' }] };
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: `m${handed.length}`, recipients: status }));
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  t.after(() => {
    gateway.closeAllConnections();
    gateway.close();
  });
  const folder = mkdtempSync(join(tmpdir(), 'roost-guarded-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const baseUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const bird = { kind: 'messagebird', accessKey: 'live_kXz81mNq0PuLwErTyUi4', baseUrl };
  const file = join(folder, 'roost.config.json');
  writeFileSync(
    file,
    JSON.stringify({
      providers: { bird, ...providers },
      prices,
      guard: { countries: '*', ...guard },
      ...more,
    }),
  );
  const roost = await startRoost(t, {
    folder,
    env: { ROOST_CONFIG: file, ROOST_PUBLIC_URL: 'https://verify.example.com', ...env },
  });
  return {
    ...roost,
    handed,
    send: (recipient, more = {}) =>
      roost.call('POST', '/verify', { key: LIVE_KEY, json: { recipient, timeout: 300, ...more } }),
    async codeFor(recipient) {
      for (let i = 0; i < 3_000; i += 1) {
        const found = handed.findLast(({ to }) => to === recipient);
        if (found !== undefined) return found.code;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`nothing was handed over for ${recipient}`);
    },
  };
}
