import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { axe, screenshot } from '../../../testing/chromium.ts';
import { ROLES, type Role } from '../../src/domain/operator.ts';
import { startRoost } from '../support/roost.ts';
import { pageOf, seeded } from './browsing.ts';
import { signedIn } from './visitor.ts';

describe('pages in Chromium', () => {
  test('a verification is found and opened by each role, with and without JavaScript', async (t) => {
    const roost = await startRoost(t);
    const { id } = await roost.createVerification('+31612345678');
    const look = async (role: Role, javaScript: boolean) => {
      const visitor = await signedIn(roost, role);
      const options = { javaScript, width: 390, height: 844 };
      const page = await pageOf(t, roost, visitor, '/console/verifications', options);
      await page.getByLabel('Find one').fill('+31 6 1234 5678');
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByText('to the recipient that was looked for').waitFor();
      if (javaScript && role === 'reader') assert.deepEqual(await axe(page), []);
      await page.locator(`#r-${id} a`).click();
      await page.getByRole('heading', { name: 'What happened' }).waitFor();
      for (const name of ['Show in full', 'Cancel it']) {
        assert.equal(await page.getByRole('button', { name }).count(), role === 'reader' ? 0 : 1);
      }
    };
    await Promise.all(ROLES.map((role) => look(role, true)));
    await Promise.all(ROLES.map((role) => look(role, false)));
  });

  test('say what to do while nothing has been asked for, and notice the first request', async (t) => {
    const roost = await startRoost(t);
    const reader = await signedIn(roost, 'reader');
    const page = await pageOf(t, roost, reader, '/console');
    await page.getByRole('heading', { name: 'Welcome to Roost' }).waitFor();
    await page.getByText('Waiting for your first request').waitFor();
    assert.deepEqual(await axe(page), []);
    const list = await reader.get('/console/verifications');
    assert.match(list.text, /No code has been asked for yet/);
    const { id } = await roost.createVerification('+31612345678');
    await page.getByText('Your first request has arrived').waitFor();
    await page.getByRole('link', { name: 'See what became of it' }).click();
    await page.waitForURL(`**/console/verifications/${id}`);
  });

  test('are pictured', async (t) => {
    const { roost } = await seeded(900, 29).start(t);
    const owner = await signedIn(roost, 'owner');
    const { id } = await roost.createVerification('+31612345678', { reference: 'order-1042' });
    await roost.check(id, '000000');
    for (let i = 0; i < 300; i += 1) {
      const { text } = await owner.get('/console');
      if (text.includes('Codes of live keys') && !text.includes('still being counted')) break;
      await sleep(100);
    }
    const sizes = [
      ['desktop', { width: 1280, height: 900 }],
      ['phone', { width: 390, height: 844 }],
    ] as const;
    const pages = [
      ['home', '/console'],
      ['verifications', '/console/verifications'],
      ['verification', `/console/verifications/${id}`],
    ] as const;
    for (const [name, path] of pages) {
      for (const [size, options] of sizes) {
        for (const colorScheme of ['light', 'dark'] as const) {
          // All four where they are to be kept; two tell enough of whether something is wrong.
          const isUsual = (size === 'desktop') === (colorScheme === 'light');
          if (process.env.SCREENSHOTS === undefined && !isUsual) continue;
          const page = await pageOf(t, roost, owner, path, { ...options, colorScheme });
          assert.deepEqual(await axe(page), [], `${name} ${size} ${colorScheme}`);
          await screenshot(page, `console-${name}-${size}-${colorScheme}`);
          await page.close();
        }
      }
    }
  });
});
