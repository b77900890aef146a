import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { newPage, type PageOptions } from '../../../testing/chromium.ts';
import { createVault } from '../../src/app/vault.ts';
import { masterKeyIn } from '../../src/kernel/master-key.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { SqliteStore } from '../../src/store/drivers/sqlite.ts';
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

/** Pictures to look at by hand: set a folder in `ROOM_PICTURES`. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.ROOM_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const file = name.replace(/^\/(console\/)?/, '').replaceAll(/\W+/g, '-');
  await page.screenshot({ path: join(folder, `${file}.png`), fullPage: true });
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
    const folder = mkdtempSync(join(tmpdir(), 'roost-console-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const vault = createVault(masterKeyIn(folder, systemRandom), systemRandom);
    const number = (i: number) => `+3161${String(1_000_000 + (i % 1_000))}`;
    // Before anybody counts: nothing is ever written that was made half an hour ago.
    const store = new SqliteStore({ file: join(folder, 'roost.db'), clock, random: systemRandom });
    const { past, refusals } = await seed(
      store,
      { set },
      {
        ...{ count, fromMs: START_MS - days * DAY_MS, toMs: START_MS },
        recipientKey: (i) => vault.recipientKey({ kind: 'phone', address: number(i), country: 'NL' }),
        seal: (i, owner) => vault.sealRecipient(number(i), owner),
      },
    );
    await store.close();
    const roost = await startRoost(t, { clock, folder });
    return { roost, past, refusals, number };
  };
  return { start };
}

/** The ids of the rows of a list. */
export const idsIn = (text: string): string[] =>
  [...text.matchAll(/<tr id="r-([0-9a-f]{32})"/g)].map(([, id]) => id ?? '');
