import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { may, ROLES, type Role } from '../../src/domain/operator.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { signedIn, type Visitor } from './visitor.ts';

const NOT_FRESH_MS = 6 * 60_000;
const RULES = '/console/guard/rules/_all';
const CHANGES = '/console/guard/changes/_all';

/** What the forms of a page hold that nobody types. */
const hiddenIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
      .filter(([, name]) => name !== 'form_token' && name !== 'to')
      .map(([, name = '', value = '']) => [name, value.replaceAll('&quot;', '"')]),
  );

describe('editing over the configuration file', () => {
  const cleanUp: (() => void | Promise<void>)[] = [];
  let roost: StartedRoost;
  let visitors: Record<Role, Visitor>;

  before(async () => {
    roost = await startRoost({ after: (end) => void cleanUp.unshift(end) });
    const all = await Promise.all(ROLES.map(async (role) => [role, await signedIn(roost, role)] as const));
    visitors = Object.fromEntries(all) as Record<Role, Visitor>;
  });
  test.after(async () => {
    for (const end of cleanUp) await end();
  });

  /** Sends the form of a page with something else typed into it. */
  async function send(visitor: Visitor, path: string, typed: Record<string, string>) {
    const { text } = await visitor.get(path);
    return visitor.post(path, { ...valuesIn(text), ...hiddenIn(text), ...typed });
  }

  async function enforce(visitor: Visitor, changes: string, note = ''): Promise<string> {
    const { text } = await visitor.get(changes);
    const done = await visitor.post(`${changes}/enforce`, { ...hiddenIn(text), note });
    assert.equal(done.status, 303, done.text);
    return (await visitor.get(done.headers.get('location') ?? '')).text;
  }

  test('is for those whose role may: every page is seen by all, and each form refused to the others', async () => {
    for (const role of ROLES) {
      for (const path of [RULES, CHANGES]) assert.equal((await visitors[role].get(path)).status, 200);
      const mayEdit = may(role, 'guard');
      assert.equal((await visitors[role].get(`${RULES}/key-day`)).status, mayEdit ? 200 : 403, role);
      if (mayEdit) continue;
      for (const path of [
        `${RULES}/key-day`,
        ...['enforce', 'drop', 'back', 'monitor', 'try'].map((act) => `${CHANGES}/${act}`),
      ]) {
        assert.equal((await visitors[role].post(path, { most: '5' })).status, 403, `${role} ${path}`);
      }
      assert.ok(!(await visitors[role].get(RULES)).text.includes('/key-day"'), 'and sees no link to it');
    }
  });

  test('wants a fresh factor for what nodes go by, and none for a draft, so that nothing typed is lost', async () => {
    const stale = await signedIn(roost, 'operator', { provedAgoMs: NOT_FRESH_MS });
    const saved = await send(stale, `${RULES}/key-day`, { most: '900' });
    assert.equal(saved.headers.get('location'), `${CHANGES}?said=edited`);
    const page = hiddenIn((await stale.get(CHANGES)).text);
    for (const act of ['enforce', 'drop', 'back', 'monitor', 'try']) {
      const { status, headers } = await stale.post(`${CHANGES}/${act}`, page);
      assert.equal(status, 303, act);
      assert.match(headers.get('location') ?? '', /^\/console\/fresh\?next=/, act);
    }
    assert.match((await stale.get(CHANGES)).text, /Nobody goes by it yet/);
    assert.equal((await visitors.owner.post(`${CHANGES}/drop`, page)).status, 303);
  });

  test('takes a rule from a draft over a replay and a monitored time into force, and back again', async () => {
    const { operator } = visitors;
    await roost.createVerification('+447700900111');
    assert.equal(
      (await send(operator, `${RULES}/recipient-hour`, { most: '0', keptForKnown: '0' })).status,
      303,
    );
    const drafted = (await operator.get(CHANGES)).text;
    assert.match(drafted, /<code>recipient-hour<\/code>: most 5 → 0, keptForKnown 2 → 0/);
    const tried = await operator.post(`${CHANGES}/try`, { days: '1', of: 'sandbox' });
    assert.match(tried.text, /Of what was sent they stop <b>[1-9]/);
    const monitored = await operator.post(`${CHANGES}/monitor`, { ...hiddenIn(drafted), state: 'monitored' });
    assert.equal(monitored.status, 303, monitored.text);
    assert.match((await operator.get(CHANGES)).text, /judged and written down beside/);
    assert.match((await operator.get('/console/guard')).text, /draft-recipient-hour/);
    assert.match(await enforce(operator, CHANGES, 'Quiet <hours>'), /Version 1[\s\S]*Quiet &lt;hours&gt;/);
    assert.match(
      (await operator.get(RULES)).text,
      /0 codes for each recipient within 60 min<\/td><td><b>console/,
    );
    assert.equal((await operator.post(`${CHANGES}/back`, { version: '0' })).status, 303);
    assert.match(await enforce(operator, CHANGES), /Version 2/);
    assert.match((await operator.get(RULES)).text, /5 codes for each recipient within 60 min<\/td><td>ships/);
  });

  test('tells the second of two who change one rule, keeps what they typed, and lets them decide', async () => {
    const { owner, operator } = visitors;
    const { text } = await owner.get(`${RULES}/key-day`);
    assert.equal((await send(operator, `${RULES}/key-day`, { most: '700' })).status, 303);
    const stale = await owner.post(`${RULES}/key-day`, { ...valuesIn(text), ...hiddenIn(text), most: '800' });
    assert.equal(stale.status, 409);
    assert.match(
      stale.text,
      /operator-\w+<\/b> changed this rule since you opened it[\s\S]*Theirs: enforce: 700 codes/,
    );
    assert.match(stale.text, /value="800"/);
    const again = await owner.post(`${RULES}/key-day`, { ...valuesIn(stale.text), ...hiddenIn(stale.text) });
    assert.equal(again.status, 303, again.text);
    const old = hiddenIn((await owner.get(CHANGES)).text);
    await send(operator, `${RULES}/key-rate`, { most: '30' });
    const unseen = await owner.post(`${CHANGES}/enforce`, old);
    assert.equal(unseen.status, 409);
    assert.match(unseen.text, /Somebody was faster/);
    assert.match(unseen.text, /most 20 → 30[\s\S]*most 1000 → 800/);
    const { number = '' } = hiddenIn(unseen.text);
    assert.equal((await owner.post(`${CHANGES}/drop`, { number })).status, 303);
  });

  test('says of each mistake at its field what would be right, and saves nothing', async () => {
    const { operator } = visitors;
    const wrong = await send(operator, `${RULES}/recipient-hour`, { most: 'five', windowMinutes: '3' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /id="most-problem">Set a whole number from 0 to 1000000000\.</);
    assert.match(wrong.text, /id="windowMinutes-problem">Set a whole number from 5 to 1440\.</);
    assert.match(wrong.text, /value="five"/);
    assert.match(
      (await send(operator, `${RULES}/countries`, { allow: 'NL nl' })).text,
      /id="allow-problem">Set countries/,
    );
    assert.match(
      (await send(operator, `${RULES}/cool-down`, { waitsSeconds: '0, x' })).text,
      /id="waitsSeconds-problem"/,
    );
    assert.match(
      (await send(operator, `${RULES}/money-project`, { amount: '-1' })).text,
      /id="amount-problem">Set an amount/,
    );
    assert.match(
      (await send(operator, `${RULES}/_new`, { id: 'Key Day', most: '1' })).text,
      /id="id-problem">Name a rule/,
    );
    assert.match(
      (await send(operator, `${RULES}/_new`, { id: 'key-day', most: '1' })).text,
      /There is a rule of that name/,
    );
    assert.equal((await operator.get(`${RULES}/nothing-of-the-kind`)).status, 404);
    assert.equal((await operator.get('/console/guard/rules/roost-console')).status, 422);
    assert.match((await operator.get(CHANGES)).text, /There is none/);
  });

  test('knows limits of the operator’s own, budgets and countries, for one project alone', async () => {
    const { operator } = visitors;
    const [rules, changes] = ['/console/guard/rules/shop', '/console/guard/changes/shop'];
    const own = {
      id: 'calls-a-day',
      on: 'country',
      of: 'sends',
      most: '50',
      windowMinutes: '1440',
      'channel-tts': 'on',
    };
    assert.equal((await send(operator, `${rules}/_new`, own)).status, 303);
    const lines = {
      id: 'few-voip',
      on: 'line',
      of: 'sends',
      most: '9',
      windowMinutes: '60',
      'line-voip': 'on',
    };
    const wrong = await send(operator, `${rules}/_new`, { ...lines, on: 'key' });
    assert.match(wrong.text, /Leave it out where on is not line/);
    assert.equal((await send(operator, `${rules}/_new`, lines)).status, 303);
    assert.match((await operator.get(`${rules}/few-voip`)).text, /name="line-voip" checked/);
    assert.equal((await send(operator, `${rules}/money-project`, { amount: '12.5' })).status, 303);
    assert.equal((await send(operator, `${rules}/money-key-hour`, { amount: '2' })).status, 303);
    assert.equal((await send(operator, `${rules}/countries`, { allow: 'NL, BE' })).status, 303);
    await enforce(operator, changes);
    const { text } = await operator.get(rules);
    assert.match(text, /calls-a-day[\s\S]*?50 codes for each country within 24 h<\/td><td><b>console/);
    assert.match(text, /few-voip[\s\S]*?9 codes for each kind of number \(voip\) within 60 min/);
    assert.match(text, /money-project[\s\S]*?12\.50 of money for each project/);
    assert.match(text, /money-key-hour[\s\S]*?2\.00 of money for each key within 60 min/);
    assert.match(text, /<span class="chip good">enforce<\/span> NL, BE/);
    assert.ok(!(await operator.get(RULES)).text.includes('calls-a-day'), 'other projects know nothing of it');
    assert.equal((await send(operator, `${rules}/calls-a-day`, { to: 'below' })).status, 303);
    assert.match(await enforce(operator, changes), /Version 2/);
    assert.ok(!(await operator.get(rules)).text.includes('calls-a-day'));
  });

  test('writes a text in a language with its preview, puts it in force, and a code goes out in it', async () => {
    const { operator, reader } = visitors;
    const [path, changes] = ['/console/templates/edit/_all/sms/nl', '/console/templates/changes/_all'];
    const seen = await operator.post(`${path}/preview`, { template: 'Код: %token' });
    assert.match(seen.text, /Код: 0000000000[\s\S]*of Unicode: 15 of 70 characters/);
    const bad = await send(operator, path, { template: 'Ga naar bit.ly/x voor %token' });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /id="template-problem">Template holds a link/);
    assert.match(bad.text, />\nGa naar bit\.ly\/x voor %token<\/textarea>/);
    assert.equal((await send(operator, path, { template: 'IJsvogel: %token' })).status, 303);
    assert.equal((await send(operator, '/console/templates/edit/_all/usual', { locale: 'nl' })).status, 303);
    assert.equal((await send(operator, '/console/templates/edit/_all/usual', { locale: '!' })).status, 422);
    await enforce(operator, changes, 'Our own name');
    assert.match(
      (await reader.get('/console/templates')).text,
      /IJsvogel: %token<\/td><td><span class="chip good">console<\/span> <span class="chip warn">usual/,
    );
    await roost.createVerification('+447700900155');
    const { body } = await roost.call('GET', '/sandbox/messages?wait=5&recipient=447700900155');
    assert.match(body.messages.at(-1).text, /^IJsvogel: \d{6}$/);
    assert.equal((await send(operator, path, { to: 'below' })).status, 303);
    await enforce(operator, changes);
    assert.ok(!(await reader.get('/console/templates')).text.includes('IJsvogel'));
    for (const role of ['support', 'reader'] as const) {
      assert.equal((await visitors[role].get(path)).status, 403);
      for (const to of [path, `${path}/preview`, `${changes}/enforce`, '/console/templates/edit/_all/usual'])
        assert.equal((await visitors[role].post(to, { template: '%token' })).status, 403, `${role} ${to}`);
    }
  });

  test('keeps what two people write of one text, and asks the second', async () => {
    const { owner, operator } = visitors;
    const path = '/console/templates/edit/shop/email/de';
    const { text } = await owner.get(path);
    assert.equal((await send(operator, path, { template: 'Ihr: %token', subject: 'Anmeldung' })).status, 303);
    const stale = await owner.post(path, { ...valuesIn(text), ...hiddenIn(text), template: 'Mein: %token' });
    assert.equal(stale.status, 409);
    assert.match(stale.text, /operator-\w+<\/b> changed this text[\s\S]*Ihr: %token[\s\S]*>\nMein: %token</);
    const wrong = await send(operator, path, { template: '%token', subject: 'Code %token' });
    assert.match(wrong.text, /id="subject-problem">Set one line/);
    const again = await owner.post(path, { ...valuesIn(stale.text), ...hiddenIn(stale.text) });
    assert.equal(again.status, 303, again.text);
  });
});

test('routes are edited with whom it would affect, and a code goes by them once they are in force', async (t) => {
  const roost = await startRouted(t);
  const [operator, reader] = await Promise.all([signedIn(roost, 'operator'), signedIn(roost, 'reader')]);
  const create = (recipient: string) =>
    roost.call('POST', '/verify', { key: roost.liveKey, json: { recipient, timeout: 300 } });
  for (const recipient of ['+31612345678', '+31687654321', '+32470123456'])
    assert.equal((await create(recipient)).status, 201);
  const [path, changes] = ['/console/routes/edit/_all/sms', '/console/routes/changes/_all'];
  const opened = (await operator.get(path)).text;
  const typed = (lines: Record<string, string>) => ({ ...valuesIn(opened), ...hiddenIn(opened), ...lines });

  const wrong = await operator.post(path, typed({ 'country-0': 'nl', 'share-1': '200', 'prefix-0': '31' }));
  assert.equal(wrong.status, 422);
  for (const field of ['country-0', 'share-1', 'prefix-0'])
    assert.match(wrong.text, new RegExp(`id="${field}-problem">`));
  assert.match(wrong.text, /value="200"/);
  const alone = await operator.post(path, typed({ 'provider-2': 'sandbox' }));
  assert.match(alone.text, /name the sandbox alone/);

  const saved = await operator.post(path, typed({ 'place-1': '0.5', 'country-1': 'NL' }));
  assert.equal(saved.status, 303, saved.text);
  const draft = (await operator.get(changes)).text;
  assert.match(draft, /bird \(NL, BE\), then spare<\/span> → <b>spare \(NL\), then bird \(NL, BE\)/);
  assert.match(draft, /3 live codes[\s\S]*for <b>2<\/b> the first choice would have been another one/);
  assert.match(
    draft,
    /Netherlands \(NL\)<\/th><td>sms<\/td><td>bird<\/td><td>spare<\/td><td class="number">2/,
  );
  assert.match(draft, /cost 0\.21 EUR then, and 0\.29 EUR by the draft/);
  assert.ok(!draft.includes('12345678'), 'no number is told');
  for (const to of [path, ...['enforce', 'drop', 'back'].map((act) => `${changes}/${act}`)])
    assert.equal((await reader.post(to, hiddenIn(draft))).status, 403, to);
  const stale = await operator.post(path, typed({ 'country-1': 'BE' }));
  assert.equal(stale.status, 409);
  assert.match(stale.text, /Theirs: spare \(NL\), then bird/);

  assert.equal((await operator.post(`${changes}/enforce`, hiddenIn(draft))).status, 303);
  assert.match((await reader.get('/console/providers')).text, /spare<\/td><td>NL/);
  assert.match(
    (await reader.get('/console/routes/of/_all')).text,
    /spare \(NL\), then bird \(NL, BE\)<\/td><td><b>console/,
  );
  const made = await create('+31655555555');
  const key = { projectId: 'default', mode: 'live', id: made.body.id } as const;
  const verification = await roost.roost.store.read.get(tables.verifications, key);
  const message = await roost.roost.store.read.get(tables.messages, {
    ...key,
    id: verification?.messageId ?? '',
  });
  assert.equal(message?.provider, 'spare');
  const lost = await create('+4915112345678');
  assert.deepEqual([lost.status, lost.body.errors[0].parameter], [422, 'recipient'], lost.text);
});

/** Two providers, of which nothing answers, and routes to them. */
async function startRouted(t: TestContext): Promise<StartedRoost> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-routed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'routed.json');
  const provider = {
    kind: 'messagebird',
    accessKey: 'live_0123456789abcdefghijklmno',
    baseUrl: 'http://127.0.0.1:9',
  };
  const price = (id: string, cost: string) => ({ provider: id, cost, currency: 'EUR' });
  const config = {
    providers: { bird: provider, spare: provider },
    routes: { '*': { sms: [{ provider: 'bird', country: ['NL', 'BE'] }, 'spare'] } },
    prices: [price('bird', '0.07'), price('spare', '0.11')],
    guard: { countries: '*' },
  };
  writeFileSync(file, JSON.stringify(config));
  return startRoost(t, { env: { ROOST_CONFIG: file, ROOST_PUBLIC_URL: 'http://localhost:9' } });
}

/** What the fields of a page hold. */
function valuesIn(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [tag] of text.matchAll(/<input[^>]*>/g)) {
    const name = / name="([^"]+)"/.exec(tag)?.[1];
    if (name === undefined || / type="hidden"/.test(tag) || name === 'project') continue;
    if (/ type="checkbox"/.test(tag) && !/ checked/.test(tag)) continue;
    values[name] = / value="([^"]*)"/.exec(tag)?.[1] ?? (/ type="checkbox"/.test(tag) ? 'on' : '');
  }
  for (const [, name = '', options = ''] of text.matchAll(
    /<select[^>]* name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    values[name] = (/value="([^"]*)" selected/.exec(options) ?? /value="([^"]*)"/.exec(options))?.[1] ?? '';
  for (const [, name = '', value = ''] of text.matchAll(
    /<textarea[^>]* name="([^"]+)"[^>]*>\n([\s\S]*?)<\/textarea>/g,
  ))
    values[name] = value;
  return values;
}
