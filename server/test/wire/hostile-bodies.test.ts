import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { startRoost } from '../support/roost.ts';
import { type Answer, inject } from './inject.ts';
import { assertRefused, numberNo, rowsOf, verificationOf } from './wire.ts';

const roost = await startRoost({ after });
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
let made = 0;

const post = (body: string | Buffer, type: string | null = JSON_TYPE, path = '/verify', more = {}) =>
  inject(roost, { path, body, headers: { ...(type === null ? {} : { 'content-type': type }), ...more } });

/** After hostile requests: nothing was kept, and a plain create has the defaults of the contract. */
async function unharmed(before: object): Promise<void> {
  assert.deepEqual(rowsOf(roost), before);
  made += 1;
  const answer = await inject(roost, { json: { recipient: numberNo(made) } });
  assert.equal(answer.status, 201, answer.text);
  const v = await verificationOf(roost, JSON.parse(answer.text).id, 'test');
  assert.ok(v.state === 'open');
  const kept = [
    v.channel,
    v.originator,
    v.reference,
    v.tokenLength,
    v.attemptsLeft,
    v.expiresAtMs - v.createdAtMs,
  ];
  assert.deepEqual(kept, ['sms', 'Code', null, 6, 3, 30_000]);
  const usual = { template: 'Your code is: %token', datacoding: 'plain', language: 'en-gb', voice: 'female' };
  assert.deepEqual(v.wording, { ...usual, subject: null });
}

const PHONE = '"recipient":"+31612345678"';

/** Bodies that must be refused as JSON, each with what is wrong with it. */
const BAD_JSON: { readonly [what: string]: string | Buffer } = {
  'a key twice': `{${PHONE},"timeout":60,"timeout":600}`,
  'the recipient twice': `{${PHONE},"recipient":"+31600000000"}`,
  'the recipient twice, alike': `{${PHONE},${PHONE}}`,
  'a key twice in two cases': `{${PHONE},"Timeout":60,"timeout":60}`,
  'a key twice, once escaped': `{${PHONE},"\\u0074imeout":60,"timeout":60}`,
  'a key twice inside of an unknown parameter': `{${PHONE},"x":{"a":1,"a":2}}`,
  'ten thousand arrays': `{${PHONE},"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  'ten thousand objects': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'a number past every double': `{${PHONE},"timeout":1e400}`,
  'a recipient past every double': '{"recipient":1e400}',
  'a negative number past every double': `{${PHONE},"maxAttempts":-1e400}`,
  'a recipient that a double cannot hold': '{"recipient":9007199254740993}',
  'a reference that a double cannot hold': `{${PHONE},"reference":9007199254740993}`,
  'a code length that rounds to a good one': `{${PHONE},"tokenLength":6.0000000000000001e1}`,
  'half of a surrogate pair': `{${PHONE},"reference":"\\ud800"}`,
  'half of a surrogate pair in an unknown parameter': `{${PHONE},"x":"\\udfff"}`,
  'half of a surrogate pair in a name': `{${PHONE},"\\ud800":1}`,
  'half of a surrogate pair in an address': '{"recipient":"\\ud800@example.com","type":"email"}',
  'a byte order mark': `\ufeff{${PHONE}}`,
  'two byte order marks': `\ufeff\ufeff{${PHONE}}`,
  NaN: `{${PHONE},"timeout":NaN}`,
  Infinity: `{${PHONE},"timeout":Infinity}`,
  undefined: `{${PHONE},"timeout":undefined}`,
  'a prototype': `{${PHONE},"__proto__":{"timeout":600,"maxAttempts":10}}`,
  'a prototype, escaped': `{${PHONE},"\\u005f\\u005fproto__":{"timeout":600}}`,
  'a prototype inside of a parameter': `{${PHONE},"x":{"__proto__":{"timeout":600}}}`,
  'a constructor': `{${PHONE},"constructor":{"prototype":{"timeout":600}}}`,
  'a toString': `{${PHONE},"toString":1}`,
  'a toString inside of a flag': `{${PHONE},"returnToken":{"toString":1,"valueOf":1}}`,
  'a prototype alone': '{"__proto__":{"recipient":"+31612345678"}}',
  'an empty object': '{}',
  null: 'null',
  'an array': `[{${PHONE}}]`,
  'an empty array': '[]',
  'a string': '"+31612345678"',
  'a number': '31612345678',
  'a boolean': 'true',
  nothing: '',
  'white space': ' \r\n\t ',
  'one brace': '{',
  'no end': `{${PHONE}`,
  'something after the end': `{${PHONE}}{}`,
  'a comma too many': `{${PHONE},}`,
  'single quotes': "{'recipient':'+31612345678'}",
  'a comment': `{/* */${PHONE}}`,
  'a NUL after the end': `{${PHONE}}\u0000`,
  'a NUL inside of the recipient': '{"recipient":"+3161234\u00005678"}',
  'an escaped NUL inside of the recipient': '{"recipient":"+3161234\\u00005678"}',
  'an escaped NUL inside of the reference': `{${PHONE},"reference":"a\\u0000b"}`,
  'a form said to be JSON': 'recipient=%2B31612345678',
  XML: '<verify><recipient>+31612345678</recipient></verify>',
  'bytes that are no UTF-8': Buffer.concat([
    Buffer.from('{"recipient":"'),
    Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
    Buffer.from('"}'),
  ]),
  'an overlong NUL': Buffer.concat([
    Buffer.from(`{${PHONE},"reference":"`),
    Buffer.from([0xc0, 0x80]),
    Buffer.from('"}'),
  ]),
  'an encoded surrogate': Buffer.concat([
    Buffer.from(`{${PHONE},"reference":"`),
    Buffer.from([0xed, 0xa0, 0x80]),
    Buffer.from('"}'),
  ]),
  'a cut character': Buffer.concat([
    Buffer.from(`{${PHONE},"reference":"`),
    Buffer.from([0xe2, 0x82]),
    Buffer.from('"}'),
  ]),
  'UTF-16': Buffer.from(`{${PHONE}}`, 'utf16le'),
  'UTF-16 with its mark': Buffer.from(`\ufeff{${PHONE}}`, 'utf16le'),
  'Latin-1': Buffer.from(`{${PHONE},"reference":"café"}`, 'latin1'),
  'more than 64 KiB': `{${PHONE},"x":"${'y'.repeat(65_536)}"}`,
  'more than 64 KiB of space': `{${PHONE}${' '.repeat(65_536)}}`,
};

for (const [what, body] of Object.entries(BAD_JSON)) {
  test(`a JSON body with ${what} is refused in the error shape, and leaves nothing behind`, async () => {
    const before = rowsOf(roost);
    const answer = await post(body);
    assert.equal(answer.status, 422, answer.text);
    assertRefused(answer);
    await unharmed(before);
  });
}

/** Whole requests that must be refused, by content type and path. */
const BAD_REQUESTS: { readonly [what: string]: () => Promise<Answer> } = {
  'a form with a field twice': () => post('recipient=%2B31612345678&recipient=%2B31612345679', FORM_TYPE),
  'a form with a field twice, alike': () =>
    post('recipient=%2B31612345678&recipient=%2B31612345678', FORM_TYPE),
  'a form with a field twice in two cases': () =>
    post('recipient=31612345678&timeout=60&TIMEOUT=60', FORM_TYPE),
  'a form with bytes that are no UTF-8': () => post(Buffer.from([0x72, 0x3d, 0xff]), FORM_TYPE),
  'a form whose escapes are no UTF-8': () => post('recipient=31612345678&reference=%ff%fe', FORM_TYPE),
  'a form with percent garbage for a recipient': () => post('recipient=%zz%', FORM_TYPE),
  'a form with a NUL': () => post('recipient=31612345678&reference=a%00b', FORM_TYPE),
  'a form in UTF-16': () => post(Buffer.from('recipient=31612345678', 'utf16le'), FORM_TYPE),
  'a form of one sign': () => post('=', FORM_TYPE),
  'a form of many signs': () => post('&'.repeat(60_000), FORM_TYPE),
  'JSON said to be a form': () => post(`{${PHONE}}`, FORM_TYPE),
  'a multipart form': () =>
    post(
      `--x\r\nContent-Disposition: form-data; name="recipient"\r\n\r\n31612345678\r\n--x--`,
      'multipart/form-data; boundary=x',
    ),
  'a content type that is none': () => post(`<${PHONE}>`, 'nonsense'),
  'a content type of signs': () => post('<>', ';;;='),
  'no content type and no JSON': () => post('+31612345678', null),
  XML: () => post('<a/>', 'application/xml'),
  'a query with a name twice': () => post('', null, '/verify?recipient=31612345678&timeout=60&timeout=60'),
  'a query with a name twice, once escaped': () =>
    post('', null, '/verify?recipient=31612345678&timeout=60&%74imeout=90'),
  'a query that is no UTF-8': () => post('', null, '/verify?recipient=31612345678&reference=%ff'),
  'a query with percent garbage': () => post('', null, '/verify?recipient=31612345678&reference=100%'),
  'a query and a body that differ': () => post(`{${PHONE}}`, JSON_TYPE, '/verify?recipient=31600000000'),
  'a query against an object in the body': () =>
    post('{"recipient":{"a":1}}', JSON_TYPE, '/verify?recipient=31600000000'),
  'a token in a query and a body': () =>
    post('{"token":"123456"}', JSON_TYPE, `/verify/${'a'.repeat(32)}?token=123456`),
  'a token twice in a body': () =>
    post('{"token":"123456","token":"123457"}', JSON_TYPE, `/verify/${'a'.repeat(32)}`),
  'a token twice in two cases': () =>
    post('{"token":"123456","Token":"123456"}', JSON_TYPE, `/verify/${'a'.repeat(32)}`),
  'a token in an array': () => post('{"token":["123456"]}', JSON_TYPE, `/verify/${'a'.repeat(32)}`),
  'a check without a token': () => post('{}', JSON_TYPE, `/verify/${'a'.repeat(32)}`),
};

for (const [what, request] of Object.entries(BAD_REQUESTS)) {
  test(`${what} is refused in the error shape, and leaves nothing behind`, async () => {
    const before = rowsOf(roost);
    const answer = await request();
    assert.equal(answer.status, 422, answer.text);
    assertRefused(answer);
    await unharmed(before);
  });
}

test('a compressed body is refused whatever it holds, an identity one is not', async () => {
  const before = rowsOf(roost);
  const body = Buffer.from(`{${PHONE}}`);
  const bomb = Buffer.alloc(10_000_000, ' ');
  const compressed: readonly (readonly [coding: string, body: Buffer])[] = [
    ['gzip', gzipSync(body)],
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
    ['gzip, gzip', gzipSync(gzipSync(body))],
    ['GZIP', body],
    ['x-unknown', body],
    ['identity, gzip', gzipSync(body)],
  ];
  for (const [coding, bytes] of compressed) {
    const answer = await post(bytes, JSON_TYPE, '/verify', { 'content-encoding': coding });
    assert.equal(answer.status, 422, coding);
    assertRefused(answer);
  }
  assert.deepEqual(rowsOf(roost), before);
  made += 1;
  const plain = await post(`{"recipient":"${numberNo(made)}"}`, JSON_TYPE, '/verify', {
    'content-encoding': 'identity',
  });
  assert.equal(plain.status, 201);
});

test('a body of exactly 64 KiB is read, and one byte more is not', async () => {
  made += 1;
  const start = `{"recipient":"${numberNo(made)}"`;
  const fits = `${start}${' '.repeat(65_536 - start.length - 1)}}`;
  assert.equal((await post(fits)).status, 201);
  assert.equal((await post(` ${fits}`)).status, 422);
});

test('names that every object has are nothing special in a form or a query: unknown, and ignored', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    made += 2;
    assert.equal(
      (await post(`recipient=${numberNo(made).slice(1)}&${name}=60`, FORM_TYPE)).status,
      201,
      name,
    );
    const query = `/verify?recipient=${numberNo(made + 1).slice(1)}&${name}=60`;
    assert.equal((await post('', null, query)).status, 201, name);
  }
  made += 2;
});

test('a valid body with any one byte changed, lost or added is taken or refused, and never breaks anything', async () => {
  const whole =
    '{"recipient":"+31612345678","timeout":60,"reference":"é","template":"Code %token","maxAttempts":2}';
  const bytes = Buffer.from(whole);
  const edit = fc.record({
    at: fc.nat(bytes.length - 1),
    what: fc.constantFrom('change', 'lose', 'add'),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]":,\\0e-'))),
  });
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
    let body: Buffer = bytes;
    for (const { at, what, byte } of edits) {
      const middle = what === 'lose' ? Buffer.alloc(0) : Buffer.from([byte]);
      body = Buffer.concat([body.subarray(0, at), middle, body.subarray(what === 'add' ? at : at + 1)]);
    }
    const answer = await post(body);
    if (answer.status !== 201) assertRefused(answer);
    else roost.clock.advance(61_000);
  });
  await fc.assert(property, { numRuns: 3_000 });
});

test('no bytes under any content type break anything', async () => {
  const type = fc.constantFrom(
    JSON_TYPE,
    FORM_TYPE,
    'text/plain',
    'application/octet-stream',
    null,
    'a/b; charset=utf-7',
  );
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  const text = fc.string({ unit: 'binary', maxLength: 200 }).map((each) => Buffer.from(each));
  const json = fc.json({ maxDepth: 6, noUnicodeString: false }).map((each) => Buffer.from(each));
  const path = fc.constantFrom('/verify', '/verify/', `/verify/${'a'.repeat(32)}`);
  const property = fc.asyncProperty(
    fc.oneof(bytes, text, json),
    type,
    path,
    async (body, contentType, where) => {
      const answer = await post(body, contentType, where);
      assertRefused(answer);
    },
  );
  await fc.assert(property, { numRuns: 3_000 });
});

test('a body that comes with a read or a deletion is not looked at', async () => {
  made += 1;
  const { id } = await roost.createVerification(numberNo(made));
  for (const body of ['{"token":"123456"}', '{', 'null', '[]', '\ufeff', 'token=1']) {
    for (const type of [JSON_TYPE, FORM_TYPE, 'text/plain']) {
      const headers = { 'content-type': type };
      const read = await inject(roost, { method: 'GET', path: `/verify/${id}`, body, headers });
      assert.equal(JSON.parse(read.text).status, 'sent');
    }
  }
  const headers = { 'content-type': JSON_TYPE };
  const deleted = await inject(roost, {
    method: 'DELETE',
    path: `/verify/${id}`,
    body: '{"a":1,"a":',
    headers,
  });
  assert.equal(deleted.status, 204, deleted.text);
});

test('none of this was a bug of ours: nothing was logged as broken', () => {
  assert.deepEqual(
    roost.logged.filter((line) => /"level":"(error|warn)"/.test(line)),
    [],
  );
});
