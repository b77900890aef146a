import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { axe } from '../../../testing/chromium.ts';
import { tables } from '../../src/store/store.ts';
import { halfIn, joinAsOwner, signedInOwner } from '../attack/console.ts';
import { type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import { until } from '../wire/wire.ts';
import { pageOf, picture } from './browsing.ts';
import { signedIn, type Visitor } from './visitor.ts';

const NUMBER = '+447700900123';
const HERE = '/console/me/recipients';

describe("an operator's own numbers and mailboxes", () => {
  const cleanUp: (() => void | Promise<void>)[] = [];
  const scope: Scope = { after: (end) => void cleanUp.unshift(end) };
  test.after(async () => {
    for (const end of cleanUp) await end();
  });

  test('are confirmed by a code that Roost carries, and then alone can be sent a test, which is recorded', async () => {
    const roost = await startRoost(scope);
    const operator = await signedIn(roost, 'operator');
    const before = await operator.get('/console/providers/sandbox');
    assert.match(before.text, /href="\/console\/me\/recipients">Add a number or mailbox/);
    const waiting = await begin(operator, 'sms', '+44 7700 900123');
    assert.match((await operator.get(waiting)).text, /sandbox phone/);
    assert.equal(await testing(operator, `sms ${waiting.slice(-32)}`), 422, 'not before it is confirmed');
    const ofCustomers = await operator.get('/console/verifications');
    assert.doesNotMatch(ofCustomers.text, /<tr id="r-/, 'no customer asked for it');
    assert.match((await operator.get('/console')).text, /Welcome to Roost/);
    const ofStaff = await operator.get('/console/verifications?project=roost-console');
    const [, code = ''] = /<tr id="r-([0-9a-f]{32})"/.exec(ofStaff.text) ?? [];
    assert.match(
      (await operator.get(`/console/verifications/${code}`)).text,
      /Asked for by<\/dt><dd>an enrolment/,
    );
    const wrong = await operator.post(`${waiting}/confirm`, { code: '000000' });
    assert.equal(wrong.status, 422, wrong.text);
    assert.equal((await operator.post(`${waiting}/confirm`, { code: await codeOf(roost) })).status, 303);
    assert.match((await operator.get(HERE)).text, /\+44\*+23/);

    const page = await operator.get('/console/providers/sandbox');
    const [, target = ''] = /<option value="(sms [0-9a-f]{32})"/.exec(page.text) ?? [];
    assert.ok(!page.text.includes('7700900123') && target !== '', page.text);
    assert.doesNotMatch(page.text, /value="(?:email|whatsapp) /, 'a phone has no mail');
    const sent = await operator.post('/console/providers/sandbox/test', { to: target });
    assert.equal(sent.status, 303, sent.text);
    const about = sent.headers.get('location') ?? '';
    await until('the test is on its way', async () =>
      /Your test: <b>(?:sent|delivered)/.test((await operator.get(about)).text),
    );
    const entries = await roost.roost.store.read.audit.since({ sinceMs: 0, limit: 500 });
    const results = entries.map(({ action, result }) => `${action} ${result.split(' ')[0]}`);
    for (const expected of ['operator.recipient code', 'operator.recipient confirmed', 'provider.tested sms'])
      assert.ok(results.includes(expected), `${expected} is in ${results}`);
    assert.ok(!JSON.stringify(entries).includes('7700900123'));

    assert.equal((await operator.post(`${waiting}/remove`)).status, 303);
    assert.equal(await testing(operator, target), 422, 'not after it is removed');
  });

  test('are no target of anybody else, and no number that a form names is', async () => {
    const roost = await startRoost(scope);
    const [one, other] = [await signedIn(roost, 'operator'), await signedIn(roost, 'owner')];
    const waiting = await begin(one, 'sms', NUMBER);
    assert.equal(
      (await other.post(`${waiting}/confirm`, { code: await codeOf(roost) })).headers.get('location'),
      HERE,
    );
    await one.post(`${waiting}/confirm`, { code: await codeOf(roost) });
    const id = waiting.slice(-32);
    assert.equal(await testing(one, `sms ${id}`), 303);
    assert.equal(await testing(other, `sms ${id}`), 422);
    for (const to of ['', NUMBER, `sms ${NUMBER}`, `email ${id}`, `whatsapp ${id}`, id]) {
      assert.equal(await testing(one, to), 422, to);
    }
    assert.equal((await other.post(`${waiting}/remove`)).status, 303);
    assert.equal(await testing(one, `sms ${id}`), 303, 'nobody else removes it');
    const reader = await signedIn(roost, 'reader');
    assert.equal((await reader.get(HERE)).status, 200);
    assert.doesNotMatch((await reader.get('/console/me')).text, /numbers and mailboxes/);
    const stale = await signedIn(roost, 'operator', { provedAgoMs: 6 * 60_000 });
    const asked = await stale.post(HERE, { by: 'sms', recipient: NUMBER });
    assert.match(asked.headers.get('location') ?? '', /^\/console\/fresh/);
  });

  // Stops a number from becoming the way in that it is too weak to be: by a stolen SIM, or a mailbox.
  test('let nobody in, stand in for no factor, and are told of nothing', async () => {
    const roost = await startRoost(scope);
    const { browser, app } = await signedInOwner(roost);
    await browser.open(HERE);
    const made = await browser.send(HERE, { by: 'sms', recipient: NUMBER });
    const waiting = made.headers.get('location') ?? '';
    await browser.open(waiting);
    await browser.send(`${waiting}/confirm`, { code: await codeOf(roost) });
    await browser.open('/console/me');
    const removal = await browser.send(`/console/me/factors/${app.factor}/remove`, {});
    assert.match(removal.text, /Keep one factor/, 'the app is the last that lets in');
    const thief = await halfIn(roost);
    const page = await thief.open('/console/second');
    assert.doesNotMatch(page.text, /SMS|\+44/);
    const refused = await thief.send('/console/second', {
      factor: waiting.slice(-32),
      code: await codeOf(roost),
    });
    assert.equal(refused.status, 422, refused.text);
    const told = await roost.roost.store.read.list(
      tables.textsOfBatch,
      { projectId: 'roost-console', mode: 'live', batchId: waiting.slice(-32) },
      roost.roost.store.nowMs(),
    );
    assert.deepEqual(told, []);
  });

  test('do not open the console to somebody who has no other factor yet', async () => {
    const roost = await startRoost(scope);
    const half = await joinAsOwner(roost);
    await half.open('/console/second');
    const asked = await half.send(HERE, { by: 'sms', recipient: NUMBER });
    assert.equal(asked.headers.get('location'), '/console/second', 'not between the steps');
  });

  for (const javaScript of [true, false]) {
    const how = javaScript ? 'with' : 'without';
    test(`are added and sent a test in Chromium ${how} scripts, on a phone too, and axe finds nothing`, async () => {
      const roost = await startRoost(scope);
      const operator = await signedIn(roost, 'operator');
      const size = javaScript ? { width: 1280, height: 900 } : { width: 390, height: 844 };
      const colorScheme = javaScript ? 'light' : 'dark';
      const page = await pageOf(scope, roost, operator, '/console/providers/sandbox', {
        ...{ javaScript, colorScheme, ...size },
      });
      const look = async (what: string) => {
        assert.ok(
          await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
          `${what} is too wide`,
        );
        if (javaScript) assert.deepEqual(await axe(page), [], what);
        await picture(page, `recipients-${what}-${colorScheme}`);
      };
      await look('provider without one');
      await page.getByRole('link', { name: 'Add a number or mailbox' }).click();
      await look('none');
      await page.getByLabel('Number or mailbox').fill('06 123');
      await page.getByRole('button', { name: 'Send the code' }).click();
      await page.getByText('with its country code').waitFor();
      await look('refused');
      await page.getByLabel('Number or mailbox').fill('ann@roost.example');
      await page.getByLabel('The code comes').selectOption('by e-mail');
      await page.getByRole('button', { name: 'Send the code' }).click();
      await page.getByLabel('The code').fill('0000');
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByRole('alert').waitFor();
      await look('wrong code');
      await page.getByLabel('The code').fill(await codeOf(roost));
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText('a**@roost.example').waitFor();
      await look('one');
      await page.getByRole('link', { name: 'Your account' }).click();
      await page.getByText('Confirmed: a**@roost.example').waitFor();
      await look('account');
      await page.goto(`${roost.url}/console/providers/sandbox`);
      await look('provider with one');
      await page.getByRole('button', { name: 'Send test' }).click();
      await page.getByText('Your test:').waitFor();
      await look('sent');
      await page.context().close();
    });
  }

  test('cost at most ten codes an hour, and are refused with what would be right', async () => {
    const roost = await startRoost(scope);
    const operator = await signedIn(roost, 'operator');
    const bad = await operator.post(HERE, { by: 'sms', recipient: '0612345678' });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /with its country code/);
    assert.match(bad.text, /value="0612345678"/);
    for (let i = 0; i < 10; i += 1) await begin(operator, 'sms', `+3161234560${i}`);
    const eleventh = await operator.post(HERE, { by: 'sms', recipient: '+31612345611' });
    assert.equal(eleventh.status, 422);
    assert.match(eleventh.text, /10 codes were sent for you within an hour/);
  });
});

async function begin(operator: Visitor, by: string, recipient: string): Promise<string> {
  const { status, headers, text } = await operator.post(HERE, { by, recipient });
  assert.equal(status, 303, text);
  return headers.get('location') ?? '';
}

const testing = async (operator: Visitor, to: string): Promise<number> =>
  (await operator.post('/console/providers/sandbox/test', { to })).status;

/** The code that stands on the sandbox phone, once it is there. */
async function codeOf(roost: StartedRoost): Promise<string> {
  let code = '';
  await until('the code is on the phone', async () => {
    const { text } = await roost.call('GET', '/sandbox', { key: null });
    code = (/class="unseen">((?:\d ){5}\d)</.exec(text)?.[1] ?? '').replaceAll(' ', '');
    return code !== '';
  });
  return code;
}
