import { newPage, type PageOptions } from '../../../testing/chromium.ts';
import { createVault } from '../../src/app/vault.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { movableClock, type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import { seed } from './traffic.ts';
import type { Visitor } from './visitor.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-20T09:00:00Z');

/** A browser's page of somebody who is signed in. */
export async function pageOf(
  t: Scope,
  { url }: StartedRoost,
  { cookie }: Visitor,
  path: string,
  options: PageOptions = {},
) {
  const page = await newPage(t, options);
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url }]);
  await page.goto(url + path);
  return page;
}

/** A Roost that has been in use for some days. */
export function seeded(count: number, days: number) {
  const clock = movableClock();
  let aheadMs = 0;
  const set = (ms: number) => {
    clock.advance(ms - Date.now() - aheadMs);
    aheadMs = ms - Date.now();
  };
  set(START_MS - days * DAY_MS);
  const start = async (t: Scope) => {
    const roost = await startRoost(t, { clock });
    const vault = createVault(roost.roost.masterKey, systemRandom);
    const number = (i: number) => `+3161${String(1_000_000 + (i % 1_000))}`;
    const { past, refusals } = await seed(
      roost.roost.store,
      { set },
      {
        ...{ count, fromMs: START_MS - days * DAY_MS, toMs: START_MS },
        recipientKey: (i) => vault.recipientKey({ kind: 'phone', address: number(i), country: 'NL' }),
        seal: (i, owner) => vault.sealRecipient(number(i), owner),
      },
    );
    return { roost, past, refusals, number };
  };
  return { start };
}

/** The ids of the rows of a list. */
export const idsIn = (text: string): string[] =>
  [...text.matchAll(/<tr id="r-([0-9a-f]{32})"/g)].map(([, id]) => id ?? '');
