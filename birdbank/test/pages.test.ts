import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { axe, newPage, screenshot } from '../../testing/chromium.ts';
import { type StartedBank, startBank, wrongCode } from './support/bank.ts';

const SIZES = {
  desktop: { width: 1100, height: 820 },
  phone: { width: 390, height: 844 },
} as const;
const SMALLEST = { width: 320, height: 640 } as const;

let lastNumber = 12_345_600;
/** Numbers of their own, so that one look does not use up the attempts of another. */
function newNumber(): string {
  lastNumber += 1;
  return `06 ${lastNumber}`;
}

/** Every state of every page, one after another, on a page that begins nowhere. */
async function visitAll(bank: StartedBank, page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const number = newNumber();
  await page.goto(bank.url);
  await look('phone-number');
  await page.getByLabel('Phone number').fill('06 123');
  await page.getByRole('button').click();
  await page.getByText('That did not work').waitFor();
  await look('phone-number-error');
  await page.getByLabel('Phone number').fill(number);
  await page.getByLabel('Country').selectOption('NL');
  await page.getByRole('button').click();
  await page.waitForURL(/EnterCode/);
  await look('code');
  const code = await bank.newestCode(`+31${number.slice(1).replace(' ', '')}`);
  await page.getByLabel('Code from the message').fill(wrongCode(code));
  await page.getByRole('button', { name: 'Check code' }).click();
  await page.getByText('That did not work').waitFor();
  await look('code-error');
  await page.getByLabel('Code from the message').fill(code);
  await page.getByRole('button', { name: 'Check code' }).click();
  await page.waitForURL(/success/);
  await look('success');
  await page.goto(`${bank.url}/EnterCode/nobodys`);
  await look('not-yours');
}

/** The pictures that the documents show. */
const SHOWN = ['phone-number', 'code', 'code-error', 'success'];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const size of ['desktop', 'phone'] as const) {
    test(`axe finds nothing wrong on any page, ${colorScheme}, ${size}`, async (t) => {
      const bank = await startBank(t);
      const page = await newPage(t, { colorScheme, ...SIZES[size] });
      await visitAll(bank, page, async (name) => {
        assert.deepEqual(await axe(page), [], name);
        if (SHOWN.includes(name)) await screenshot(page, `birdbank-${name}-${size}-${colorScheme}`);
      });
    });
  }
}

test('nothing is cut off or scrolls sideways at 320 pixels', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t, SMALLEST);
  await visitAll(bank, page, async (name) => {
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), SMALLEST.width, name);
    assert.deepEqual(await axe(page), [], name);
  });
});
