import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axe, newPage, screenshot } from '../../testing/chromium.ts';
import { startBank } from './support/bank.ts';
import { securityTour } from './support/tour.ts';

const LOOKS = [
  { colorScheme: 'light', name: 'desktop', width: 1280, height: 900 },
  { colorScheme: 'dark', name: 'phone', width: 320, height: 844 },
] as const;
/** The pictures that the documents show. */
const SHOWN = ['sign-up', 'recovery-codes', 'add-app-qr', 'security', 'confirm'];

for (const { name: size, ...look } of LOOKS) {
  test(`axe finds nothing wrong on any page, and nothing scrolls sideways, ${look.colorScheme}, ${size}`, async (t) => {
    const bank = await startBank(t);
    const page = await newPage(t, look);
    await securityTour(bank, page, async (name) => {
      assert.deepEqual(await axe(page), [], name);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), look.width, name);
      if (SHOWN.includes(name) && size === 'desktop')
        await screenshot(page, `birdbank-${name}-${size}-${look.colorScheme}`);
    });
  });
}
