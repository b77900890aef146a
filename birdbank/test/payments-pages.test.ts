import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { axe, newPage, screenshot } from '../../testing/chromium.ts';
import { ENGLISH, type Words, wordsIn } from '../src/words/words.ts';
import { type StartedBank, startBank, wrongCode } from './support/bank.ts';
import { booked, ZOON } from './support/customer.ts';

const PASSWORD = 'a kingfisher sat here';
const NUMBER = '+31612345678';

/** Signs up in the browser, as somebody new. */
async function signUp(bank: StartedBank, page: Page, words: Words): Promise<void> {
  const { tutorial, signUp: sentences } = words;
  await page.goto(`${bank.url}/?language=${words.language}`);
  await page.getByLabel(tutorial.number.label).fill(NUMBER);
  await page.getByRole('button', { name: tutorial.number.send }).click();
  await page.waitForURL(/EnterCode/);
  await page.getByLabel(tutorial.code.label).fill(await bank.newestCode(NUMBER));
  await page.getByRole('button', { name: tutorial.code.check }).click();
  await page.waitForURL(/success/);
  await page.goto(`${bank.url}/sign-up`);
  await page.getByLabel(sentences.password, { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: sentences.submit }).click();
  await page.waitForURL(/security/);
}

type Look = (name: string) => Promise<void>;

/** Every page of accounts and payments in every state, one after another, in this language. */
async function visitAll(bank: StartedBank, page: Page, words: Words, look: Look): Promise<void> {
  const { payments } = words;
  await signUp(bank, page, words);
  const go = async (path: string, name: string): Promise<void> => {
    await page.goto(bank.url + path);
    await look(name);
  };
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  await go('/accounts', 'accounts');
  await page.locator('.account a').first().click();
  await look('account');
  await page.getByRole('link', { name: words.accounts.older }).click();
  await look('account-older');
  await go('/payments', 'payments-none');
  await go('/payments/new', 'payment-no-payees');
  await go('/payees', 'payees-none');
  await page.getByLabel(payments.payees.name).fill('100%');
  await page.getByLabel(payments.payees.iban).fill('NL91 ABNA 0417 1643 01');
  await press(payments.payees.add);
  await page.getByText(words.frame.wentWrong).waitFor();
  await look('payees-error');
  await page.getByLabel(payments.payees.name).fill(ZOON.name);
  await page.getByLabel(payments.payees.iban).fill(ZOON.iban);
  await press(payments.payees.add);
  await page.getByText(payments.payees.added(ZOON.name)).waitFor();
  await look('payees');
  await go('/payments/new', 'payment-form');
  await press(payments.form.submit);
  await page.getByText(payments.problems.noPayee).waitFor();
  await look('payment-form-error');
  await fillPayment(page, words, '1250');
  await press(payments.form.submit);
  await page.getByText(payments.pageTitles.draft).first().waitFor();
  await look('payment-draft');
  await page.getByRole('link', { name: payments.change }).click();
  await look('payment-change');
  await press(payments.form.submit);
  const draft = page.url();
  await approve(bank, page, words, look);
  await look('payment-receipt');
  await go('/payments/new', 'payment-form-known');
  await fillPayment(page, words, '12.5');
  await press(payments.form.submit);
  await page.getByText(payments.reasons.none).waitFor();
  await look('payment-small');
  await press(payments.cancel);
  await page.getByText(payments.pageTitles.cancelled).first().waitFor();
  await look('payment-cancelled');
  await refuseAndExpire(bank, page, words, look);
  await go('/payments', 'payments');
  await go('/transfers', 'transfer');
  await page.getByLabel(words.accounts.amount.label).fill('1e5');
  await press(words.accounts.transfer.submit);
  await page.getByText(words.accounts.amount.shape).waitFor();
  await look('transfer-error');
  await page.getByLabel(words.accounts.amount.label).fill('100');
  await press(words.accounts.transfer.submit);
  await page.getByText(payments.pageTitles.transfer).first().waitFor();
  await look('transfer-receipt');
  await go(draft.replace(bank.url, '').replace(/[0-9a-f]{32}/, '0'.repeat(32)), 'payment-missing');
  await go(`/accounts/${'0'.repeat(32)}`, 'account-missing');
}

async function fillPayment(page: Page, { payments, accounts }: Words, amount: string): Promise<void> {
  await page.getByLabel(payments.form.payee, { exact: true }).selectOption({ index: 1 });
  await page.getByLabel(accounts.amount.label).fill(amount);
  await page.getByLabel(payments.facts.reference).fill('2026-114');
}

/** Approves by the code of the message, after a wrong one. */
async function approve(bank: StartedBank, page: Page, words: Words, look: Look): Promise<void> {
  const { payments, confirm } = words;
  const before = await bank.newestMessage(NUMBER);
  await page.getByRole('button', { name: payments.approve }).click();
  await page.waitForURL(/\/confirm\//);
  await look('payment-confirm');
  const code = await bank.codeAfter(NUMBER, before);
  await page.getByLabel(confirm.labels.sms).fill(wrongCode(code));
  await page.getByRole('button', { name: confirm.check, exact: true }).click();
  await page.getByText(words.frame.wentWrong).waitFor();
  await look('payment-confirm-error');
  await page.getByLabel(confirm.labels.sms).fill(code);
  await page.getByRole('button', { name: confirm.check, exact: true }).click();
  await page.getByText(payments.explained.executed).waitFor();
}

/** The ends that need time, or bad luck: they are written into the books. */
async function refuseAndExpire(
  bank: StartedBank,
  page: Page,
  { payments }: Words,
  look: Look,
): Promise<void> {
  const { database } = bank;
  const end = database.prepare('UPDATE payments SET state = ?, reason = ?, closed_at_ms = ? WHERE id = ?');
  const { id } = database.prepare("SELECT id FROM payments WHERE state = 'cancelled'").get() ?? {};
  const ends = [
    ['refused', 'funds', payments.explained.refusedFunds],
    ['refused', 'proof', payments.explained.refusedProof],
    ['expired', null, payments.explained.expired],
  ] as const;
  for (const [state, reason, told] of ends) {
    end.run(state, reason, bank.roost.clock(), String(id));
    await page.goto(`${bank.url}/payments/${id}`);
    await page.getByText(told).waitFor();
    await look(`payment-${state}`);
  }
}

/** The pictures that the documents show. */
const SHOWN = ['accounts', 'payment-confirm', 'payment-receipt'];
/** Between them they have every part there is: what is left is the colours. */
const DARK = [
  ...['accounts', 'account-older', 'payees-error', 'payees', 'payment-form-error', 'payment-small'],
  ...['payment-confirm-error', 'payment-receipt', 'payment-refused', 'payments', 'transfer-error'],
];
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;

describe('every page of accounts and payments', () => {
  test('on a phone by day: axe finds nothing wrong, and every form has the token without which it changes nothing', async (t) => {
    const bank = await startBank(t);
    const page = await newPage(t, { colorScheme: 'light', ...SIZES.phone });
    const forms = new Set<string>();
    await visitAll(bank, page, ENGLISH, async (name) => {
      assert.deepEqual(await axe(page), [], name);
      if (SHOWN.includes(name)) await screenshot(page, `birdbank-${name}-phone-light`);
      for (const form of await page.locator('form[method=post]').all()) {
        assert.equal(await form.locator('input[name=csrf_token]').count(), 1, name);
        forms.add(new URL((await form.getAttribute('action')) ?? '', bank.url).pathname);
      }
      if (name === 'payment-receipt') await looksRightPrinted(page);
    });
    assert.ok(forms.size >= 8, [...forms].join());
    await changeNothing(bank, page, [...forms]);
  });

  test('in Dutch, in the dark, on a desk: axe finds nothing wrong, and no sentence of English is left', async (t) => {
    const bank = await startBank(t);
    const page = await newPage(t, { colorScheme: 'dark', ...SIZES.desktop });
    const english = englishOnly();
    await visitAll(bank, page, wordsIn('nl'), async (name) => {
      assert.equal(await page.getAttribute('html', 'lang'), 'nl', name);
      const text = await page.innerText('body');
      const left = english.filter((sentence) => text.includes(sentence));
      assert.deepEqual(left, [], name);
      assert.doesNotMatch(text, /€\d|undefined|\[object/, name);
      if (DARK.includes(name)) assert.deepEqual(await axe(page), [], name);
    });
  });

  test('works without JavaScript, and nothing scrolls sideways at 320 pixels', async (t) => {
    const bank = await startBank(t);
    const page = await newPage(t, { javaScript: false, width: 320, height: 640 });
    let before = '';
    await visitAll(bank, page, ENGLISH, async (name) => {
      if (before === '') before = booked(bank.database);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, name);
    });
    assert.notEqual(booked(bank.database), before, 'it paid');
  });
});

async function looksRightPrinted(page: Page): Promise<void> {
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByText('€1,250.00').isVisible(), true);
  assert.equal(await page.getByText(ZOON.iban).isVisible(), true);
  assert.equal(await page.getByRole('banner').isVisible(), false);
  assert.equal(await page.getByText(ENGLISH.payments.print).isVisible(), false);
  await page.emulateMedia({ media: 'screen' });
}

/** Sends every form without its token, and with a wrong one, from the browser that is signed in. */
async function changeNothing(bank: StartedBank, page: Page, paths: readonly string[]): Promise<void> {
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const rows = (table: string) => bank.database.prepare(`SELECT * FROM ${table}`).all();
  const state = () => JSON.stringify([rows('payments'), rows('payees'), booked(bank.database)]);
  const before = state();
  for (const path of paths) {
    for (const body of [new URLSearchParams(), new URLSearchParams({ csrf_token: 'x' })]) {
      const form: RequestInit = { method: 'POST', headers: { cookie }, body, redirect: 'manual' };
      assert.equal((await fetch(bank.url + path, form)).status, 403, path);
    }
  }
  assert.equal(state(), before);
}

/** Sentences that stand in English and in no other language. */
function englishOnly(): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown, dutch: unknown): void => {
    if (typeof value === 'string' && value !== dutch && value.length > 12) found.push(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) walk(inner, (dutch as Record<string, unknown>)[key]);
  };
  walk(ENGLISH, wordsIn('nl'));
  return found.filter((sentence) => sentence !== ENGLISH.language);
}
