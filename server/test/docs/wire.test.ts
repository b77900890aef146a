import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { OPEN_AT_ONCE, WRONG_A_DAY, WRONG_IN_30_DAYS } from '../../src/domain/budget.ts';
import { givenStepUp } from '../../src/domain/guard/step-up.ts';
import { VOICE_LANGUAGES } from '../../src/domain/languages.ts';
import { CHANNELS, DATACODINGS, VOICES } from '../../src/domain/message.ts';
import { type NewVerification, readNewVerification } from '../../src/domain/new-verification.ts';
import { USUAL_ORIGINATOR } from '../../src/domain/originator.ts';
import { STANDARD_POLICY } from '../../src/domain/policy.ts';
import { MAGIC_RECIPIENTS } from '../../src/domain/sandbox-fates.ts';
import { FAULT_KINDS } from '../../src/domain/sandbox-faults.ts';
import { MAGIC_NUMBERS, SANDBOX_BALANCE, SANDBOX_NETWORK } from '../../src/domain/sandbox-networks.ts';
import { readUser } from '../../src/domain/user.ts';
import { readWhereabouts } from '../../src/domain/whereabouts.ts';
import { startGuarded } from '../guard/guarded.ts';
import { type Answer, startRoost } from '../support/roost.ts';
import { bare, codesIn, ROOT, readText, rowsOf, sectionOf } from './markdown.ts';

const page = readText('docs/wire.md');
const parameters = new Map(
  rowsOf(sectionOf(page, 'Parameters of a create'))
    .filter(([name]) => name?.startsWith('`'))
    .map(([name, takes = '', usual = '']) => [bare(name), { takes, usual: bare(usual) }]),
);
const read = (given: Record<string, unknown>) =>
  readNewVerification(
    new Map(
      Object.entries({ recipient: '+31612345678', ...given }).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]),
    ),
    STANDARD_POLICY,
  );
const refuses = (given: Record<string, unknown>) => Array.isArray(read(given));

test('every parameter that a create reads is in the table, and no other', () => {
  const asked = new Set<string>();
  class Spy extends Map<string, unknown> {
    override get(name: string) {
      asked.add(name);
      return super.get(name);
    }
  }
  const spy = new Spy([['recipient', '+31612345678']]);
  readNewVerification(spy, STANDARD_POLICY);
  readWhereabouts(spy);
  readUser(spy);
  givenStepUp(spy);
  assert.ok(asked.size >= 15);
  assert.deepEqual([...parameters.keys()].map((name) => name.toLowerCase()).sort(), [...asked].sort());
});

test('the limits of numbers in the table are those of the reader, to the last one', () => {
  for (const name of ['timeout', 'tokenLength', 'maxAttempts']) {
    const [, least, most] = /^(\d+) to (\d+)/.exec(parameters.get(name)?.takes ?? '') ?? [];
    assert.equal(refuses({ [name]: Number(least) - 1 }), true, name);
    assert.equal(refuses({ [name]: Number(least) }), false, name);
    assert.equal(refuses({ [name]: Number(most) }), false, name);
    assert.equal(refuses({ [name]: Number(most) + 1 }), true, name);
  }
  for (const name of ['reference', 'subject']) {
    assert.match(parameters.get(name)?.takes ?? '', /at most 255 characters/);
    assert.equal(refuses({ [name]: 'x'.repeat(255) }), false, name);
    assert.equal(refuses({ [name]: 'x'.repeat(256) }), true, name);
  }
});

test('the choices in the table are those of the reader', () => {
  const choices = { type: CHANNELS, datacoding: DATACODINGS, voice: VOICES, language: VOICE_LANGUAGES };
  for (const [name, values] of Object.entries(choices)) {
    const listed = codesIn(parameters.get(name)?.takes ?? '').filter((code) => !code.startsWith('type='));
    assert.deepEqual(listed.sort(), [...values].sort(), name);
  }
});

test('the defaults in the table are what a create gets that names nothing', () => {
  const usual = read({}) as NewVerification;
  const { template, datacoding, language, voice } = usual.wording;
  const taken: Record<string, unknown> = {
    ...{ type: usual.channel, originator: usual.originator, template, datacoding, language, voice },
    ...{ timeout: usual.timeoutSeconds, tokenLength: usual.tokenLength, maxAttempts: usual.attempts },
    returnToken: usual.returnToken,
    ...{ reference: 'none', countryCode: 'none', reportUrl: 'none', recipient: 'required' },
    ...{ clientIp: 'none', deviceToken: 'none', user: 'none', stepUp: 'none' },
    ...{ locale: 'none', appHost: 'none', appHash: 'none', fallback: 'none' },
    subject: (read({ type: 'email', recipient: 'ann@example.com' }) as NewVerification).wording.subject,
  };
  assert.deepEqual([usual.reference, usual.wording.subject, usual.wording.lastLine], [null, null, undefined]);
  assert.deepEqual([template, usual.originator], ['Your code is: %token', USUAL_ORIGINATOR]);
  for (const [name, { usual }] of parameters) assert.equal(usual, String(taken[name]), name);
});

test('the limits per recipient are the ones in force', () => {
  const limits = sectionOf(page, 'Limits');
  assert.ok(limits.includes(`may have ${OPEN_AT_ONCE} open verifications`));
  assert.ok(limits.includes(`${WRONG_A_DAY} a day and ${WRONG_IN_30_DAYS} in 30 days`));
});

/** Headers that only move a body, or that every answer of the web has. */
const PLUMBING = /^(content-(type|length)|date|connection|keep-alive|transfer-encoding)$/;

test('every header of an answer is in the table, and every header in the table is in the code', async (t) => {
  const documented = rowsOf(sectionOf(page, 'Headers')).map(([name]) => bare(name).toLowerCase());
  const roost = await startRoost(t);
  const answers: Answer[] = [];
  const call = async (...request: Parameters<typeof roost.call>) => {
    const answer = await roost.call(...request);
    answers.push(answer);
    return answer;
  };
  const json = { recipient: '+31612345678', timeout: 300, returnToken: true };
  const { body } = await call('POST', '/verify', { json });
  await call('POST', '/verify', { json: { recipient: 'x' } });
  const once = { json: { recipient: '+31612345670' }, headers: { 'idempotency-key': 'k' } };
  for (let i = 0; i < 2; i += 1) await call('POST', '/verify', once);
  for (let i = 0; i < 3; i += 1) await call('POST', '/verify', { json });
  await call('GET', `/verify/${body.id}?token=${body.token === '000000' ? '000001' : '000000'}`);
  await call('GET', `/verify/${body.id}`);
  await call('PUT', '/verify');
  await call('GET', '/', { key: null });
  answers.push(await (await startGuarded(t, { countries: ['NL'] })).send('+31612345678', { type: 'tts' }));
  const crowd = { rules: { 'block-unverified': { most: 0 } }, stepUp: { ways: ['captcha'] } };
  answers.push(await (await startGuarded(t, crowd)).send('+31612345678'));
  const seen = new Set(answers.flatMap(({ headers }) => [...headers.keys()]));
  assert.deepEqual([...seen].filter((name) => !PLUMBING.test(name)).sort(), documented.sort());
  const code = globSync('server/src/http/{server.ts,messagebird/*.ts}', { cwd: ROOT })
    .map((file) => readFileSync(resolve(ROOT, file), 'utf8'))
    .join('\n');
  const named = [...code.matchAll(/'(roost-[a-z-]+)'/g)].map(([, name]) => name ?? '');
  assert.ok(named.length >= 3);
  for (const name of named) assert.ok(documented.includes(name), name);
});

test('the status codes in the table are the ones that the wire gives', () => {
  const documented = rowsOf(sectionOf(page, 'Status codes')).map(([status]) => Number(status));
  const code = globSync('server/src/http/messagebird/*.ts', { cwd: ROOT })
    .map((file) => readFileSync(resolve(ROOT, file), 'utf8'))
    .join('\n');
  const places = [/\[(\d{3}), \d+\]/g, /plainError\((\d{3}),/g, /status\((\d{3})\)/g, /status: (\d{3})\b/g];
  const given = places.flatMap((place) => [...code.matchAll(place)].map(([, status]) => Number(status)));
  assert.deepEqual([...new Set([200, ...given])].sort(), documented.sort());
});

test('the magic numbers in the table are those of the sandbox, word for word', () => {
  assert.deepEqual(
    rowsOf(sectionOf(page, 'Magic numbers')).map((cells) => cells.map(bare)),
    MAGIC_RECIPIENTS.map(({ phone, email, sentence }) => [phone, email, sentence]),
  );
});

test('the faults in the table are those of the sandbox', () => {
  const documented = rowsOf(sectionOf(page, 'Faults')).map(([kind]) => bare(kind));
  assert.deepEqual(documented, [...FAULT_KINDS]);
});

test('the parameters of the sandbox list are those of the OpenAPI document', async (t) => {
  const roost = await startRoost(t);
  const { body } = await roost.call('GET', '/openapi.json');
  const declared = body.paths['/sandbox/messages'].get.parameters.map(({ name }: { name: string }) => name);
  const documented = rowsOf(sectionOf(page, 'The sandbox'))
    .filter((cells) => cells.length === 3 && /^`[a-z]+`$/i.test(cells[0] ?? ''))
    .map(([name]) => bare(name));
  assert.deepEqual(documented.sort(), declared.sort());
});

const RESOURCES = /^\/(verify|messages|voicemessages|lookup|hlr|balance)\b/;

test('the address and the method of every request in the table are routes', async (t) => {
  const roost = await startRoost(t);
  const { body } = await roost.call('GET', '/openapi.json');
  const rows = rowsOf(page.slice(page.indexOf('## Requests'), page.indexOf('### Parameters')));
  const documented = rows.map(([request]) =>
    /`(\w+) ([^`?]+)/
      .exec(request ?? '')
      ?.slice(1)
      .join(' '),
  );
  const routes = Object.entries(body.paths as Record<string, object>)
    .filter(([path]) => RESOURCES.test(path))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  assert.deepEqual([...new Set(documented)].sort(), routes.sort());
});

test('the magic numbers of look-ups in the table are those of the sandbox, with its words', () => {
  const rows = rowsOf(sectionOf(page, 'Lookup, HLR and balance')).map(([number, words]) => [
    bare(number),
    words,
  ]);
  assert.deepEqual(
    rows,
    MAGIC_NUMBERS.map(({ phone, sentence }) => [phone, sentence]),
  );
  assert.ok(page.includes(`${SANDBOX_BALANCE.amount} credits of play money`));
  assert.ok(page.includes(`${SANDBOX_NETWORK} (the ITU's code for tests)`));
});
