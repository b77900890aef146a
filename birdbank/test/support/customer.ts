import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import type { StartedBank } from './bank.ts';
import { type Seen, textOf, Visitor } from './visitor.ts';

const PASSWORD = 'a kingfisher sat here';
export const ZOON = { name: 'Vogel & Zoon BV', iban: 'NL91 ABNA 0417 1643 00' };

/** Somebody new, who has signed up and is signed in. */
export async function signUp(bank: StartedBank, number: string): Promise<Visitor> {
  const visitor = new Visitor(bank.url);
  const page = await visitor.askForCode(number);
  await visitor.send(page.path, { token: await bank.newestCode(number) });
  await visitor.open('/sign-up');
  await visitor.send('/sign-up', { userName: '', password: PASSWORD });
  const accounts = await visitor.open('/accounts');
  assert.equal(accounts.path, '/accounts', textOf(accounts.html));
  return visitor;
}

/** Every booking there is, as one text: it differs when anything was booked. */
export const booked = (database: DatabaseSync): string =>
  JSON.stringify(database.prepare('SELECT COUNT(*), SUM(amount_cents), MAX(id) FROM bookings').all());

/** The values of the options of a field, in their order. */
export const optionsOf = ({ html }: Seen, id: string): string[] => {
  const select = new RegExp(`<select id="${id}"[\\s\\S]*?</select>`).exec(html)?.[0] ?? '';
  return [...select.matchAll(/<option value="([^"]+)"/g)].map(([, value = '']) => value);
};

/** The value of a hidden field. */
export const hidden = ({ html }: Seen, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';

export async function addPayee(visitor: Visitor, { name, iban } = ZOON): Promise<void> {
  await visitor.open('/payees');
  const page = await visitor.send('/payees', { name, iban });
  assert.match(textOf(page.html), /has been added|staat al|on your list already/);
}

/** A draft, as the page that asks whether it is right. */
export async function draft(
  visitor: Visitor,
  amount: string,
  more: Record<string, string> = {},
): Promise<Seen> {
  const form = await visitor.open('/payments/new');
  const [from = ''] = optionsOf(form, 'from');
  const [payee = ''] = optionsOf(form, 'payee');
  const page = await visitor.send('/payments/new', { from, payee, amount, reference: 'invoice 7', ...more });
  assert.match(page.path, /^\/payments\/[0-9a-f]{32}$/, textOf(page.html));
  return page;
}

/** Confirms a draft; where it needs an approval this is the page that asks for the code. */
export async function confirm(visitor: Visitor, page: Seen): Promise<Seen> {
  const seen = hidden(await visitor.open(page.path), 'seen');
  return visitor.send(`${page.path}/confirm`, { seen });
}

/** Confirms a draft that needs an approval: the page that asks for the code, and the code that was sent for it. */
export async function ask(
  bank: StartedBank,
  visitor: Visitor,
  page: Seen,
  number: string,
): Promise<{ readonly asked: Seen; readonly code: string }> {
  const before = await bank.newestMessage(number);
  const asked = await confirm(visitor, page);
  assert.match(asked.path, /^\/confirm\/[0-9a-f]{32}$/, textOf(asked.html));
  return { asked, code: await bank.codeAfter(number, before) };
}

/** Adds the payee and pays them for the first time, with approval: from then on they are known. */
export async function payFirst(bank: StartedBank, visitor: Visitor, number: string): Promise<void> {
  await addPayee(visitor);
  const { asked, code } = await ask(bank, visitor, await draft(visitor, '5'), number);
  const paid = await enter(visitor, asked, code);
  assert.match(paid.path, /^\/payments\//, textOf(paid.html));
}

/** Enters a code on the page that asks for one. */
export const enter = (visitor: Visitor, page: Seen, code: string): Promise<Seen> =>
  visitor.send(page.path, { code, factor: hidden(page, 'factor') });
