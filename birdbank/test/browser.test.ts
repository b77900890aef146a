import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { newPage } from '../../testing/chromium.ts';
import { type StartedBank, startBank, wrongCode } from './support/bank.ts';

const NUMBER = '+31612345678';
const DONE = 'You have successfully verified your phone number.';

async function askForCode({ url }: StartedBank, page: Page, number = NUMBER): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Phone number').fill(number);
  await page.getByRole('button', { name: 'Send code' }).click();
  await page.waitForURL(/\/EnterCode\//);
}

async function enter(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code from the message').fill(code);
  await page.getByRole('button', { name: 'Check code' }).click();
}

for (const javaScript of [true, false]) {
  describe(`in a browser ${javaScript ? 'with' : 'without'} JavaScript`, () => {
    test('a number is verified, from its first digit to the last page', async (t) => {
      const bank = await startBank(t);
      const page = await newPage(t, { javaScript });
      await page.goto(bank.url);
      await page.getByLabel('Phone number').fill('06 1234 5678');
      await page.getByLabel('Country').selectOption('Netherlands (+31)');
      await page.getByRole('button', { name: 'Send code' }).click();
      await page.getByText('We sent six digits to').waitFor();
      const code = await bank.newestCode(NUMBER);
      await enter(page, `${code.slice(0, 3)} ${code.slice(3)}`);
      await page.getByText(DONE).waitFor();
      await page.reload();
      await page.getByText(DONE).waitFor();
      await page.goBack();
      await page.getByText(DONE).waitFor();
    });

    test('wrong, empty, used-up and right codes: each is answered on the same page', async (t) => {
      const bank = await startBank(t);
      const page = await newPage(t, { javaScript });
      await askForCode(bank, page);
      const address = page.url();
      const code = await bank.newestCode(NUMBER);
      const wrong = wrongCode(code);
      for (const [typed, told] of [
        ['', 'Enter the code from the message.'],
        [wrong, 'The token is invalid. You can try two more times.'],
        [wrong, 'The token is invalid. You can try one more time.'],
        [wrong, 'The token is invalid. That was the last attempt: ask for a new code.'],
        [code, 'The token has already been processed.'],
      ] as const) {
        await enter(page, typed);
        await page.getByRole('alert').getByText(told, { exact: true }).waitFor();
        assert.equal(page.url(), address);
        assert.equal(await page.getByLabel('Code from the message').inputValue(), typed);
        assert.equal(await page.evaluate('document.activeElement.id'), 'problem', 'it is read first');
      }
    });

    test('an expired code is refused', async (t) => {
      const bank = await startBank(t);
      const page = await newPage(t, { javaScript });
      await askForCode(bank, page);
      const code = await bank.newestCode(NUMBER);
      bank.roost.clock.advance(301_000);
      await enter(page, code);
      await page.getByRole('alert').getByText('The token has expired.').waitFor();
    });

    test('a new code can be asked for once the wait is over, and then only that one works', async (t) => {
      const bank = await startBank(t);
      const page = await newPage(t, { javaScript });
      await askForCode(bank, page);
      const old = await bank.newestCode(NUMBER);
      bank.roost.clock.advance(31_000);
      await page.reload();
      await page.getByRole('button', { name: 'Send a new code' }).click();
      await page.getByText('We sent a new code. The one before does not work any more.').waitFor();
      const code = await bank.newestCode(NUMBER);
      if (code !== old) {
        await enter(page, old);
        await page.getByRole('alert').getByText('The token is invalid.').waitFor();
      }
      await enter(page, code);
      await page.getByText(DONE).waitFor();
    });
  });
}

test('the keyboard alone is enough, and the skip link comes first', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  await page.goto(bank.url);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type(NUMBER);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/EnterCode\//);
  await page.keyboard.type(await bank.newestCode(NUMBER)); // the field has the focus
  await page.keyboard.press('Enter');
  await page.getByText(DONE).waitFor();
});

test('times are those of the reader, with the UTC beside them', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t); // in Amsterdam
  await askForCode(bank, page);
  const time = page.locator('[data-expiry] time');
  const iso = (await time.getAttribute('datetime')) ?? '';
  const local = new Date(iso).toLocaleTimeString('en-GB', { timeZone: 'Europe/Amsterdam' });
  assert.equal(await time.textContent(), local);
  assert.equal(await time.getAttribute('title'), `${iso.slice(11, 19)} UTC`);
});

test('the wait for a new code counts down by the clock of the server, whatever the browser’s says', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  bank.roost.clock.advance(7 * 3_600_000);
  await askForCode(bank, page);
  const button = page.getByRole('button', { name: /Send a new code/ });
  assert.match((await button.textContent()) ?? '', /^Send a new code \(in 0:(?:30|[12]\d)\)$/);
  assert.equal(await button.isDisabled(), true);
  bank.roost.clock.advance(28_000);
  await page.reload();
  await page.getByRole('button', { name: 'Send a new code', exact: true, disabled: false }).waitFor();
});

test('a code that expires while somebody looks at it is told to them', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  const askedMs = bank.roost.clock();
  await askForCode(bank, page);
  bank.roost.clock.advance(298_500);
  await page.reload();
  const told = page.getByRole('status').getByText('This code has expired. Ask for a new one.');
  const isTold = await told.isVisible();
  assert.equal(isTold && bank.roost.clock() < askedMs + 300_000, false, 'not before it has expired');
  await told.waitFor();
});

test('a button pressed twice sends one message', async (t) => {
  const bank = await startBank(t, {
    fetch: async (...call) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return fetch(...call);
    },
  });
  const page = await newPage(t);
  await page.goto(bank.url);
  await page.getByLabel('Phone number').fill(NUMBER);
  await page.getByRole('button', { name: 'Send code' }).dblclick();
  await page.waitForURL(/\/EnterCode\//);
  assert.deepEqual(bank.asked, ['POST /verify']);
});

describe('where the browser reads messages (WebOTP)', () => {
  test('the code fills the field and the form is sent', async (t) => {
    const bank = await startBank(t);
    const page = await newPage(t);
    await page.exposeFunction('newestCode', () => bank.newestCode(NUMBER));
    await page.addInitScript(`
      globalThis.OTPCredential ??= class {};
      navigator.credentials.get = async ({ otp }) => {
        if (otp.transport.join() !== 'sms') throw new Error('not asked for');
        return { code: await newestCode() };
      };
    `);
    await askForCode(bank, page);
    await page.getByText(DONE).waitFor();
  });

  test('it stops asking when the code is typed', async (t) => {
    const bank = await startBank(t);
    const page = await newPage(t);
    await page.exposeFunction('wasStopped', () => {
      stopped = true;
    });
    let stopped = false;
    await page.addInitScript(`
      globalThis.OTPCredential ??= class {};
      navigator.credentials.get = ({ signal }) => new Promise((_, reject) => {
        signal.addEventListener('abort', () => { wasStopped(); reject(signal.reason); });
      });
    `);
    await askForCode(bank, page);
    await enter(page, await bank.newestCode(NUMBER));
    await page.getByText(DONE).waitFor();
    assert.equal(stopped, true);
  });
});

test('printed, the last page shows what was verified and none of the frame', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  await askForCode(bank, page);
  await enter(page, await bank.newestCode(NUMBER));
  await page.getByText(DONE).waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByText(DONE).isVisible(), true);
  assert.equal(await page.getByRole('banner').isVisible(), false);
});
