import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createProofVerifier } from '@roost/client';
import { ocra, readSuite } from '../../server/src/domain/factor/ocra.ts';
import type { StartedRoost } from '../../server/test/support/roost.ts';
import { startBank } from './support/bank.ts';
import {
  addPayee,
  ask,
  booked,
  confirm,
  draft,
  enter,
  hidden,
  optionsOf,
  payFirst,
  signUp,
  ZOON,
} from './support/customer.ts';
import { problemsIn, textOf } from './support/visitor.ts';

const ANN = '+31612345678';
const PAID = /It is paid, and cannot be taken back\./;

const SECRET = Buffer.from('12345678901234567890');
const SUITE = 'OCRA-1:HOTP-SHA1-6:QN08';

/** What a token with this secret answers: the bank's own code knows nothing of it. */
function answerTo(question: string): string {
  const suite = readSuite(SUITE);
  assert.ok(suite !== null);
  return ocra(suite, SECRET, { question });
}

/** Gives a customer a token with a keypad. */
async function giveKeypad(roost: StartedRoost, customer: string): Promise<void> {
  const data = `K-1,${SECRET.toString('hex')},ocra,,,${SUITE}`;
  await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  const path = `/v1/users/${customer}/factors`;
  const made = await roost.call('POST', path, { json: { kind: 'ocra', serial: 'K-1' } });
  const json = { code: answerTo(made.body.question) };
  const confirmed = await roost.call('POST', `${path}/${made.body.factor.id}/confirm`, { json });
  assert.equal(confirmed.status, 200, confirmed.text);
}

describe('the way of a payment', () => {
  test('to a new payee: the message shows amount, payee and account, its code pays, and the receipt leads to the evidence', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const page = await draft(ann, '1,250.00');
    assert.match(textOf(page.html), /Is this right\?.*€1,250\.00.*Vogel & Zoon BV.*invoice 7/);
    assert.match(textOf(page.html), /You have not paid this payee before, so you approve it/);
    const { asked, code } = await ask(bank, ann, page, ANN);
    assert.match(textOf(asked.html), /Approve this payment.*€1,250\.00.*NL91 ABNA 0417 1643 00/);
    const { body } = await bank.roost.call('GET', '/sandbox/messages');
    const transaction = 'EUR 1250.00 to Vogel & Zoon BV, NL91 ABNA 0417 1643 00, ref invoice 7';
    assert.ok(body.messages.at(-1).text.includes(transaction), body.messages.at(-1).text);
    const receipt = await enter(ann, asked, code);
    assert.equal(receipt.path, page.path);
    assert.match(textOf(receipt.html), PAID);

    const challenge = asked.path.split('/').at(-1) ?? '';
    assert.ok(receipt.html.includes(challenge), 'the evidence is named');
    const signed = await ann.open(`${page.path}/evidence.jws`);
    const verifier = createProofVerifier({ url: bank.roost.url, audience: 'default', mode: 'test' });
    const { user, transaction: approved } = await verifier.verifyEvidence(signed.html);
    assert.equal(user, bank.database.prepare('SELECT id FROM customers').get()?.id);
    assert.equal(approved.payment?.amount, '1250.00');
    const evidence = await bank.roost.call('GET', `/v1/challenges/${challenge}/evidence`);
    assert.deepEqual(evidence.body.payment, {
      ...{ amount: '1250.00', currency: 'EUR', payee: `${ZOON.name}, ${ZOON.iban}`, reference: 'invoice 7' },
    });
    assert.ok(evidence.body.redeemedAt !== null);
    const line = bank.database
      .prepare('SELECT amount_cents, name, iban, reference, approval FROM bookings ORDER BY id DESC LIMIT 1')
      .get();
    assert.deepEqual(
      { ...line },
      {
        ...{ amount_cents: -125_000, name: ZOON.name, iban: ZOON.iban.replaceAll(' ', '') },
        ...{ reference: 'invoice 7', approval: challenge },
      },
    );
    const accounts = await ann.open('/accounts');
    const account = /href="(\/accounts\/[0-9a-f]+)"/.exec(accounts.html)?.[1] ?? '';
    assert.match(
      textOf((await ann.open(account)).html),
      /Vogel & Zoon BV23 Nov|Vogel & Zoon BV.*-€1,250\.00/,
    );
  });

  test('small, to a payee who was paid with approval before: one press; above the limit or the day’s total it needs one again', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await payFirst(bank, ann, ANN);
    for (let paid = 0; paid < 3; paid += 1) {
      const page = await draft(ann, '30');
      assert.match(textOf(page.html), /one press pays it/);
      assert.match(textOf((await confirm(ann, page)).html), PAID);
    }
    const tooMuch = await draft(ann, '10.01');
    assert.match(textOf(tooMuch.html), /more than €100\.00 in a day without approval/);
    assert.match((await confirm(ann, tooMuch)).path, /^\/confirm\//);
    assert.match(textOf((await draft(ann, '30.01')).html), /It is more than €30\.00/);
    assert.match(textOf((await confirm(ann, await draft(ann, '10.00'))).html), PAID, 'to the cent');
  });

  test('by a token with a keypad: its owner types a question that was made for the payment, and an app is not offered', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const customer = String(bank.database.prepare('SELECT id FROM customers').get()?.id);
    await giveKeypad(bank.roost, customer);
    const app = await bank.roost.call('POST', `/v1/users/${customer}/factors`, {
      json: { kind: 'recovery' },
    });
    assert.equal(app.status, 201);
    const page = await draft(ann, '250');
    const asked = await confirm(ann, page);
    assert.doesNotMatch(textOf(asked.html), /Recovery codes/, 'a recovery code is not made for a payment');
    const choice = /name="factor" value="([0-9a-f]+)"><span>Hardware token with keypad/.exec(asked.html)?.[1];
    const keypad = choice === undefined ? asked : await ann.send(`${asked.path}/factor`, { factor: choice });
    const question = /<output>(\d{8})<\/output>/.exec(keypad.html)?.[1] ?? '';
    assert.match(
      textOf(keypad.html),
      /Type this number into your token.*€250\.00|€250\.00.*Type this number/,
    );
    const paid = await enter(ann, keypad, answerTo(question));
    assert.match(textOf(paid.html), PAID);
    const evidence = await bank.roost.call('GET', `/v1/challenges/${asked.path.split('/').at(-1)}/evidence`);
    assert.equal(evidence.body.kind, 'ocra');
  });

  test('between own accounts: at once, once, however often the form is sent', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    const form = await ann.open('/transfers');
    const [from = '', to = ''] = optionsOf(form, 'from');
    const once = hidden(form, 'once');
    const { csrf } = ann;
    const send = () => ann.send('/transfers', { from, to, amount: '100', once }, { csrf });
    const pages = await Promise.all([send(), send(), send()]);
    assert.equal(new Set(pages.map(({ path }) => path)).size, 1);
    assert.match(textOf(pages[0].html), /The money has been moved/);
    const { database } = bank;
    const sums = database
      .prepare(
        'SELECT SUM(amount_cents) AS cents, COUNT(*) AS lines FROM bookings WHERE payment_id IS NOT NULL',
      )
      .get();
    assert.deepEqual({ ...sums }, { cents: 0, lines: 2 });
    const page = await ann.open('/transfers');
    const same = await ann.send('/transfers', { from, to: from, amount: '1', once: hidden(page, 'once') });
    assert.deepEqual(problemsIn(same), ['Choose two different accounts.']);
  });

  test('more than there is, is refused on the form, and again when it is executed', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const form = await ann.open('/payments/new');
    const [from = ''] = optionsOf(form, 'from');
    const [payee = ''] = optionsOf(form, 'payee');
    const tooMuch = await ann.send('/payments/new', { from, payee, amount: '900000', reference: '' });
    assert.match(
      problemsIn(tooMuch)[0] ?? '',
      /^There is too little on this account: €[\d,.]+ can be spent\.$/,
    );
    const { asked, code } = await ask(bank, ann, await draft(ann, '1000'), ANN);
    const { database } = bank;
    database.exec(
      `INSERT INTO bookings (account_id, booked_at_ms, amount_cents, kind) VALUES ('${from}', 1, -99999999, 'card')`,
    );
    const before = booked(database);
    const refused = await enter(ann, asked, code);
    assert.match(textOf(refused.html), /This payment was refused.*there was too little on the account/);
    assert.equal(booked(database), before);
  });

  test('cancelled or expired: the page says so, and its code is worth nothing', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const { database } = bank;
    const before = booked(database);
    const page = await draft(ann, '40');
    const { asked, code } = await ask(bank, ann, page, ANN);
    assert.match(textOf((await ann.open('/payments')).html), /Waiting for you.*Waits for your approval/);
    await ann.open(page.path);
    const cancelled = await ann.send(`${page.path}/cancel`, {});
    assert.match(textOf(cancelled.html), /This payment was cancelled/);
    assert.equal((await enter(ann, asked, code)).status, 404);
    const challenge = asked.path.split('/').at(-1) ?? '';
    assert.equal((await bank.roost.call('GET', `/v1/challenges/${challenge}`)).body.state, 'canceled');

    const late = await draft(ann, '40');
    for (let minutes = 0; minutes < 31; minutes += 3) {
      bank.roost.clock.advance(180_000);
      await ann.open(late.path);
    }
    assert.match(textOf((await ann.open(late.path)).html), /This payment has expired/);
    assert.equal(booked(database), before);
  });
});

describe('payees', () => {
  test('are checked before they are kept: the number, the name, and that it is not one’s own', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    const own = /XB\d\d BIRD [\d ]+\d/.exec(textOf((await ann.open('/accounts')).html))?.[0] ?? '';
    const tries: readonly (readonly [string, string, string])[] = [
      ['', 'NL91 ABNA 0417 1643 00', 'Enter the name of the payee.'],
      [
        '100%',
        'NL91 ABNA 0417 1643 00',
        'The name may have 35 letters, digits and usual signs, and no % in it.',
      ],
      ['Vogel', '', 'Enter the account number.'],
      [
        'Vogel',
        'NL91 ABNA 0417 1643 01',
        'The account number is mistyped: its check digits do not fit. Compare it with the invoice.',
      ],
      ['Ann', own, 'That is an account of your own: move money to it instead.'],
      [
        'Nobody',
        'XB14 BIRD 0000 0000 00',
        'BirdBank has no account with this number. Compare it with the invoice.',
      ],
    ];
    for (const [name, iban, told] of tries) {
      await ann.open('/payees');
      const page = await ann.send('/payees', { name, iban });
      assert.deepEqual(problemsIn(page), [told]);
      assert.ok(page.html.includes(`id="name" name="name" value="${name}"`), 'what was typed is still there');
    }
    await addPayee(ann);
    const twice = await ann.send('/payees', ZOON);
    assert.match(problemsIn(twice)[0] ?? '', /on your list already/);
    const remove = /action="(\/payees\/[0-9a-f]+\/remove)"/.exec(twice.html)?.[1] ?? '';
    assert.match(
      textOf((await ann.send(remove, {})).html),
      /Vogel & Zoon BV has been removed\..*There are none yet/,
    );
  });
});
