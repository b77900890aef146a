import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { startRoost } from '../support/roost.ts';
import { type Answer, inject } from './inject.ts';
import { assertRefused, numberNo, verificationOf, wrong } from './wire.ts';

const roost = await startRoost({ after });
let made = 0;
const create = (more = {}) => {
  made += 1;
  return roost.createVerification(numberNo(made), { timeout: 3_600, ...more });
};

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const INVALID = '{"errors":[{"code":10,"description":"The token is invalid.","parameter":"token"}]}';
const EXPIRED = '{"errors":[{"code":10,"description":"The token has expired.","parameter":"token"}]}';
const SPENT =
  '{"errors":[{"code":10,"description":"The token has already been processed.","parameter":"token"}]}';
const UNKNOWN = '{"errors":[{"code":20,"description":"Verify object could not be found","parameter":null}]}';

const byQuery = (id: string, token: string) =>
  inject(roost, { method: 'GET', path: `/verify/${id}?${new URLSearchParams({ token })}` });
const byJson = (id: string, token: unknown) => inject(roost, { path: `/verify/${id}`, json: { token } });
const byForm = (id: string, token: string) =>
  inject(roost, { path: `/verify/${id}`, body: new URLSearchParams({ token }).toString(), headers: FORM });
const WAYS = [byQuery, byJson, byForm] as const;

async function guessesOf(id: string): Promise<number> {
  return (await verificationOf(roost, id, 'test')).wrongGuesses;
}

test('a code is taken by query, JSON and form, with the spaces and hyphens it was copied with', async () => {
  const spell = [
    (code: string) => code,
    (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`,
    (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`,
    (code: string) => ` ${[...code].join(' - ')} `,
  ];
  for (const by of WAYS) {
    for (const spelled of spell) {
      for (const tokenLength of [6, 7, 8, 9, 10]) {
        const { id, code } = await create({ tokenLength });
        assert.equal(code.length, tokenLength);
        const answer = await by(id, spelled(code));
        assert.equal(answer.status, 200, answer.text);
        assert.equal(JSON.parse(answer.text).status, 'verified');
      }
    }
  }
});

test('a judged wrong guess says how many attempts are left, nothing else does', async () => {
  const { id, code } = await create({ maxAttempts: 2 });
  const left = (answer: Answer) => answer.headers['roost-attempts-left'];
  assert.equal(left(await byQuery(id, 'abc')), undefined);
  assert.equal(left(await byQuery(id, wrong(code))), '1');
  assert.equal(left(await inject(roost, { method: 'GET', path: `/verify/${id}` })), undefined);
  assert.equal(left(await byJson(id, wrong(code))), '0');
  assert.equal(left(await byQuery(id, code)), undefined);
});

test('a token of the wrong form is refused, and judges and counts nothing', async () => {
  const malformed = fc
    .oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.stringMatching(/^[0-9]{0,5}$/),
      fc.stringMatching(/^[0-9]{7,12}$/),
      fc.constantFrom('１２３４５６', '١٢٣٤٥٦', '123456x', '0x1e240', '12345.', '1e5', '%', '123456\u0000'),
    )
    .filter((text) => !/^\d{6}$/.test(text.replace(/[ -]/g, '')) && text.isWellFormed());
  const { id, code } = await create();
  const property = fc.asyncProperty(malformed, fc.constantFrom(...WAYS), async (token, by) => {
    if (token === '' && by !== byQuery) return;
    const answer = await by(id, token);
    assert.deepEqual([answer.status, answer.text], [422, INVALID]);
    assertRefused(answer);
  });
  await fc.assert(property, { numRuns: 1_000 });
  for (const token of [123456, Number(code), true, [code], { code }, 1e5])
    assert.equal((await byJson(id, token)).text, INVALID, JSON.stringify(token));
  assert.equal(await guessesOf(id), 0);
  assert.equal((await byQuery(id, code)).status, 200);
});

test('a body without a token is told what is missing, and a null one as well', async () => {
  const { id } = await create();
  for (const json of [{}, { token: null }, { token: '' }, { code: '123456' }]) {
    const answer = await inject(roost, { path: `/verify/${id}`, json });
    assert.deepEqual(assertRefused(answer), [
      { code: 9, description: 'token is required', parameter: 'token' },
    ]);
  }
});

test('the token of a check is found in any case of its name, and may be given once', async () => {
  const { id, code } = await create();
  const ask = (query: string) => inject(roost, { method: 'GET', path: `/verify/${id}?${query}` });
  for (const query of [
    `token=${code}&token=${code}`,
    `token=${code}&TOKEN=${code}`,
    `token=&token=${code}`,
  ]) {
    const answer = await ask(query);
    assert.equal(answer.status, 422);
    assert.equal(assertRefused(answer)[0]?.parameter, 'token');
  }
  const both = await inject(roost, { path: `/verify/${id}?token=${code}`, json: { token: code } });
  assert.equal(both.status, 422);
  assert.equal(await guessesOf(id), 0);
  assert.equal((await ask(`x=1&Token=${code}`)).status, 200);
});

test('a token under a name that is nearly its own is refused, not taken for a plain read, and counts nothing', async () => {
  const { id, code } = await create();
  const assertMisnamed = (answer: Answer) => {
    const [error] = assertRefused(answer);
    assert.deepEqual([answer.status, error?.code, error?.parameter], [422, 10, 'token']);
  };
  for (const name of ['token[]', 'TOKEN[0]', 'token[x][y]', 'token ', ' Token', 'token [']) {
    for (const value of [code, wrong(code), '']) {
      const path = `/verify/${id}?${new URLSearchParams({ [name]: value })}`;
      assertMisnamed(await inject(roost, { method: 'GET', path }));
      const both = `${path}&${new URLSearchParams({ token: code })}`;
      assertMisnamed(await inject(roost, { method: 'GET', path: both }));
    }
  }
  assert.equal(await guessesOf(id), 0);
  const other = await inject(roost, { method: 'GET', path: `/verify/${id}?tokens=1&mytoken[]=2` });
  assert.equal(other.status, 200, 'other names are none of its business');
  assert.equal((await byQuery(id, code)).status, 200);
});

test('an ended verification answers the same to the right and to a wrong token, byte for byte, and to nonsense as ever', async () => {
  const ended: readonly (readonly [
    state: string,
    text: string,
    end: (id: string, code: string) => Promise<unknown>,
  ])[] = [
    ['verified', SPENT, (id, code) => byQuery(id, code)],
    [
      'failed',
      SPENT,
      async (id, code) => {
        for (let i = 0; i < 3; i += 1) await byQuery(id, wrong(code));
      },
    ],
    ['deleted', UNKNOWN, (id) => inject(roost, { method: 'DELETE', path: `/verify/${id}` })],
    ['expired', EXPIRED, async () => roost.clock.advance(3_600_000)],
  ];
  for (const [state, text, end] of ended) {
    const { id, code } = await create();
    await end(id, code);
    assert.equal((await verificationOf(roost, id, 'test')).state, state === 'expired' ? 'open' : state);
    for (const by of WAYS) {
      const answers = [await by(id, code), await by(id, wrong(code)), await by(id, code)];
      for (const answer of answers) {
        assert.equal(answer.text, text, state);
        const { 'request-id': _, date: __, ...headers } = answer.headers;
        const { 'request-id': ___, date: ____, ...others } = answers[0]?.headers ?? {};
        assert.deepEqual(headers, others);
      }
      if (state !== 'deleted') assert.equal((await by(id, 'nonsense')).text, INVALID);
    }
    assert.equal((await verificationOf(roost, id, 'test')).state, state);
  }
});

test('an unknown id is 404 whatever the token, and tells nothing of whose it might be', async () => {
  for (const id of ['f'.repeat(32), 'F'.repeat(32), 'x', '0', 'null', `${'f'.repeat(31)}`, '%00']) {
    for (const by of WAYS) {
      for (const token of ['123456', 'nonsense', '12 34 56'])
        assert.equal((await by(id, token)).text, UNKNOWN, id);
    }
    assert.equal((await byQuery(id, '')).text, UNKNOWN, id);
  }
});
