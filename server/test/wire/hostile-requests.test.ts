import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { LIVE_KEY, startRoost, TEST_KEY } from '../support/roost.ts';
import { inject } from './inject.ts';
import { exchange, firstAnswer } from './sockets.ts';
import { assertEnvelope, assertHeaders, assertRefused, rowsOf, send, verificationOf } from './wire.ts';

const roost = await startRoost({ after });
const KEY = { Authorization: `AccessKey ${TEST_KEY}` };
const { id } = await roost.createVerification('+31612345678', { timeout: 172_800 });
const NOBODY = 'f'.repeat(32);

const DENIED =
  '{"errors":[{"code":2,"description":"Request not allowed (incorrect access_key)","parameter":"access_key"}]}';

const PATHS = [
  '/',
  '/verify',
  '/verify/',
  `/verify/${id}`,
  `/verify/${id}?token=123456`,
  `/verify/${NOBODY}`,
  '/balance',
  '/hlr',
  `/hlr/${NOBODY}`,
  '/lookup/31612345678',
  '/lookup/31612345678/hlr',
  '/messages',
  `/voicemessages/${NOBODY}`,
];
const OTHER_PATHS = ['/verify/messages/email/x', '/openapi.json', '/nowhere', '/health', '/sandbox'];
const KNOWN = /^\/(verify|balance|hlr|lookup|messages|voicemessages)(\/|$|\?)/;

for (const method of ['HEAD', 'PUT', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND', 'QUERY', 'PURGE', 'M-SEARCH']) {
  test(`${method} is answered 405 on the paths of this wire and 404 elsewhere, and changes nothing`, async () => {
    const [before, rows] = [await verificationOf(roost, id, 'test'), rowsOf(roost)];
    for (const path of [...PATHS, ...OTHER_PATHS]) {
      const answer = await send(roost.url, { method, path, headers: KEY });
      assert.equal(answer.status, KNOWN.test(path) ? 405 : 404, path);
      assertHeaders(answer.headers, answer.text);
      if (method === 'HEAD') assert.equal(answer.text, '');
      else assertEnvelope(answer.text);
      if (answer.status === 405) assert.match(String(answer.headers.allow), /^(GET|POST)/);
    }
    assert.deepEqual([await verificationOf(roost, id, 'test'), rowsOf(roost)], [before, rows]);
  });

  test(`${method} without a key is answered 401 on every path of this wire`, async () => {
    for (const path of PATHS.slice(1)) {
      const answer = await send(roost.url, { method, path });
      assert.equal(answer.status, 401, path);
      if (method !== 'HEAD') assert.equal(answer.text, DENIED);
    }
  });
}

test('a method with a body of any kind is refused by its path alone', async () => {
  for (const method of ['PUT', 'PATCH', 'QUERY', 'OPTIONS']) {
    for (const type of ['application/json', 'nonsense', ';']) {
      const headers = { ...KEY, 'Content-Type': type };
      const answer = await send(roost.url, { method, path: `/verify/${id}`, headers, body: '{"a":' });
      assert.equal(answer.status, 405, `${method} ${type} ${answer.text}`);
    }
  }
});

test('CONNECT and methods that HTTP does not know are answered, in the error shape', async () => {
  for (const [method, status] of [
    ['CONNECT', 405],
    ['FOO', 400],
    ['get', 400],
    ['G\0T', 400],
  ] as const) {
    const { heard } = await exchange(roost.url, `${method} /verify HTTP/1.1\r\nHost: x\r\n\r\n`);
    const answer = firstAnswer(heard);
    assert.equal(answer.status, status, method);
    assertRefused(answer);
  }
});

test('without a right key every path of this wire answers the same 401, whether there is something or not', async () => {
  const headers: readonly { [name: string]: string }[] = [
    {},
    { Authorization: '' },
    { Authorization: 'AccessKey' },
    { Authorization: 'AccessKey ' },
    { Authorization: `AccessKey  ${TEST_KEY}` },
    { Authorization: `AccessKey ${TEST_KEY} x` },
    { Authorization: `AccessKey ${TEST_KEY.slice(0, -1)}` },
    { Authorization: `AccessKey ${TEST_KEY}x` },
    { Authorization: `AccessKey ${TEST_KEY.toLowerCase()}` },
    { Authorization: `AccessKey ${TEST_KEY.replace('test_', 'live_')}` },
    { Authorization: `AccessKey ${LIVE_KEY.replace('live_', 'test_')}` },
    { Authorization: `Bearer ${TEST_KEY}` },
    { Authorization: `Basic ${Buffer.from(`${TEST_KEY}:`).toString('base64')}` },
    { Authorization: TEST_KEY },
    { AccessKey: TEST_KEY },
    { Authorization: `AccessKey ${'a'.repeat(300)}` },
    { Authorization: 'AccessKey live_\u00ff' },
  ];
  const requests = [
    ...['/verify', `/verify/${id}`, `/verify/${NOBODY}`, '/balance', '/nowhere', '/verify/%zz'].map(
      (path) => ['GET', path] as const,
    ),
    ...['/verify', `/verify/${id}`].map((path) => ['POST', path] as const),
    ['DELETE', `/verify/${id}`] as const,
  ];
  for (const header of headers) {
    for (const [method, path] of requests) {
      const answer = await send(roost.url, {
        method,
        path,
        headers: header,
        body: method === 'POST' ? '{' : undefined,
      });
      assert.deepEqual([answer.status, answer.text], [401, DENIED], `${JSON.stringify(header)} ${path}`);
      assertHeaders(answer.headers, answer.text);
    }
  }
});

test('a key in the query is refused everywhere, beside a right header too, however its name is written', async () => {
  for (const name of ['access_key', 'ACCESS_KEY', 'access%5Fkey', '%61ccess_key']) {
    for (const path of [
      `/verify/${id}?${name}=${TEST_KEY}`,
      `/verify/${id}?x=1&${name}=`,
      `/verify?${name}`,
    ]) {
      for (const headers of [{}, KEY]) {
        const answer = await send(roost.url, { method: 'GET', path, headers });
        assert.deepEqual([answer.status, answer.text], [401, DENIED], path);
      }
    }
  }
});

test('the scheme of the key is read in any case, and spaces around the header do not matter', async () => {
  for (const value of [`accesskey ${TEST_KEY}`, `ACCESSKEY ${TEST_KEY}`, `  AccessKey ${TEST_KEY}  `]) {
    const answer = await send(roost.url, {
      method: 'GET',
      path: `/verify/${id}`,
      headers: { Authorization: value },
    });
    assert.equal(answer.status, 200, value);
  }
});

test('paths of every kind are answered 404 with a key and 401 without, in the error shape', async () => {
  const character = fc.oneof(
    fc.constantFrom(
      ...'%/.\\;:@&=+$,~!*\'()[]{}|^`<>"',
      '%2e',
      '%2F',
      '%00',
      '%ff',
      '%C3%A9',
      '..',
      '//',
      'verify',
    ),
    fc.stringMatching(/^[a-z0-9_-]{1,4}$/),
  );
  const path = fc.array(character, { maxLength: 20 }).map((parts) => parts.join(''));
  const start = fc.constantFrom(
    '/verify/',
    '/verify/x',
    '/x',
    '/messages/x',
    '/hlr/x',
    '/verify/messages/email/',
  );
  const property = fc.asyncProperty(start, path, async (from, rest) => {
    const url = from + rest;
    // What `inject` sends goes through the URL parser: dots that climb out of the start reach a known path. They go raw below.
    if (!URL.parse(url, 'http://localhost')?.pathname.startsWith(from)) return;
    const known = await inject(roost, { method: 'GET', path: url });
    assert.ok([404, 405].includes(known.status), `${known.status} ${url}`);
    assertRefused(known);
    const stranger = await inject(roost, { method: 'GET', path: url, key: null });
    assert.deepEqual([stranger.status, stranger.text], [401, DENIED], url);
  });
  await fc.assert(property, { numRuns: 2_000 });
});

test('paths as raw bytes: percent garbage, NUL, very long, not decodable', async () => {
  const paths = [
    ...[
      '/verify/%',
      '/verify/%z',
      '/verify/%zz',
      '/verify/%e2%28',
      '/verify/%00',
      '/%ff',
      '/verify/%2F',
      '/verify//x',
    ],
    ...[
      '/verify/..',
      '/hlr/x/..',
      '/messages/x/%2e%2E',
      '/../verify/x',
      '/verify/./x',
      '/verify/x/y',
      '//verify/x',
      '/verify;x',
      '/verify/x;y=1',
    ],
    ...[
      `/verify/${'a'.repeat(15_000)}`,
      `/verify/messages/email/${'%41'.repeat(3_000)}`,
      `/${'a/'.repeat(5_000)}`,
    ],
    ...[`/verify/${id.toUpperCase()}x`, `/verify/${id}%00`, `/verify/${id}.json`, `/verify/${id}/messages`],
  ];
  for (const path of paths) {
    for (const [key, status] of [
      [KEY, 404],
      [{}, 401],
    ] as const) {
      const answer = await send(roost.url, { method: 'GET', path, headers: key });
      assert.equal(answer.status, status, path.slice(0, 60));
      assertRefused(answer);
    }
  }
});

const HEAD = `Host: localhost\r\nAuthorization: AccessKey ${TEST_KEY}\r\n`;
const CREATE = '{"recipient":"+31611111111"}';
const smuggled = `POST /verify HTTP/1.1\r\n${HEAD}Content-Length: ${CREATE.length}\r\n\r\n${CREATE}`;

/** Bytes that are no good HTTP/1.1, each to be answered 4xx in the error shape and closed. */
const BAD_BYTES: { readonly [what: string]: string | Buffer } = {
  'a bare CR after the request line': `GET /verify/x HTTP/1.1\rHost: x\r\n${HEAD}\r\n`,
  'a bare CR in a header': `GET /verify/x HTTP/1.1\r\n${HEAD}X-A: a\rX-B: b\r\n\r\n`,
  'a bare LF in a header value': `GET /verify/x HTTP/1.1\r\n${HEAD}X-A: a\n b\r\n\r\n`,
  'a NUL in a header': `GET /verify/x HTTP/1.1\r\n${HEAD}X-A: a\0b\r\n\r\n`,
  'a NUL in the path': `GET /verify/\0 HTTP/1.1\r\n${HEAD}\r\n`,
  'a space before a colon': `POST /verify HTTP/1.1\r\n${HEAD}Content-Length : 2\r\n\r\n{}`,
  'a folded header': `GET /verify/x HTTP/1.1\r\n${HEAD}X-A: a\r\n b: c\r\n\r\n`,
  'a header without a name': `GET /verify/x HTTP/1.1\r\n${HEAD}: a\r\n\r\n`,
  'two lengths': `POST /verify HTTP/1.1\r\n${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${smuggled}`,
  'a length and chunks': `POST /verify HTTP/1.1\r\n${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'chunks named twice': `POST /verify HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
  'an unknown transfer coding': `POST /verify HTTP/1.1\r\n${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'a length that is no number': `POST /verify HTTP/1.1\r\n${HEAD}Content-Length: two\r\n\r\n{}`,
  'a negative length': `POST /verify HTTP/1.1\r\n${HEAD}Content-Length: -2\r\n\r\n{}`,
  'a length past every number': `POST /verify HTTP/1.1\r\n${HEAD}Content-Length: 99999999999999999999\r\n\r\n{}`,
  'a chunk length that is no number': `POST /verify HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc`,
  'a chunk that does not end': `POST /verify HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}${smuggled}`,
  'more than a hundred headers': `GET /verify/x HTTP/1.1\r\n${HEAD}${'X-A: 1\r\n'.repeat(150)}\r\n`,
  'a header of 20 KiB': `GET /verify/x HTTP/1.1\r\n${HEAD}X-A: ${'a'.repeat(20_480)}\r\n\r\n`,
  'a path of 20 KiB': `GET /verify/${'a'.repeat(20_480)} HTTP/1.1\r\n${HEAD}\r\n`,
  'no host': `GET /verify/x HTTP/1.1\r\nAuthorization: AccessKey ${TEST_KEY}\r\n\r\n`,
  'an expectation nobody can meet': `POST /verify HTTP/1.1\r\n${HEAD}Expect: the-impossible\r\nContent-Length: 2\r\n\r\n{}`,
  'HTTP/2 without asking': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/0.9': 'GET /verify\r\n\r\n',
  'HTTP/3.7': `GET /verify HTTP/3.7\r\n${HEAD}\r\n`,
  'a TLS greeting': Buffer.from('16030100c8010000c40303', 'hex'),
  'an answer instead of a request': 'HTTP/1.1 200 OK\r\n\r\n',
  'bytes that mean nothing': Buffer.from([0xff, 0x00, 0x80, 0x0d, 0x0a, 0x0d, 0x0a]),
};

for (const [what, bytes] of Object.entries(BAD_BYTES)) {
  test(`${what}: answered at once in the error shape, closed, and nothing that follows is done`, async () => {
    const before = rowsOf(roost);
    const { heard, tookMs, closedBy } = await exchange(roost.url, bytes);
    assert.equal(closedBy, 'server', `still open after ${tookMs} ms: ${heard.slice(0, 200)}`);
    const answer = firstAnswer(heard);
    assertRefused(answer);
    assert.equal(heard.split('HTTP/1.1 ').length, 2, 'one answer, and the connection is over');
    assert.deepEqual(rowsOf(roost), before);
  });
}

test('a request that breaks off is forgotten: nothing is kept, and nobody waits for its rest', async () => {
  const before = rowsOf(roost);
  const head = `POST /verify HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\n`;
  const whole = `${head}Content-Length: ${CREATE.length + 1}\r\n\r\n${CREATE}`;
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${CREATE.length.toString(16)}\r\n${CREATE}\r\n`;
  for (const bytes of [whole, chunked, head, whole.slice(0, 40), `${chunked}0\r\n`]) {
    const { tookMs } = await exchange(roost.url, bytes, { halfClose: true });
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
  }
  assert.deepEqual(rowsOf(roost), before);
});

test('an absolute request line and HTTP/1.0 without a host are answered as usual', async () => {
  const key = `Authorization: AccessKey ${TEST_KEY}\r\n`;
  for (const bytes of [
    `GET http://elsewhere.example/verify/${id} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`,
    `GET /verify/${id} HTTP/1.0\r\n${key}\r\n`,
  ]) {
    const answer = firstAnswer((await exchange(roost.url, bytes)).heard);
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.text).id, id);
  }
});

test('a host that is no name does not get into links', async () => {
  for (const host of ['a"b', 'x/y', 'a b', '<script>', 'x'.repeat(300), 'user@x', '']) {
    const bytes = `GET /verify/${id} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: AccessKey ${TEST_KEY}\r\nConnection: close\r\n\r\n`;
    const answer = firstAnswer((await exchange(roost.url, bytes)).heard);
    if (answer.status !== 200) assertRefused(answer);
    else assert.equal(JSON.parse(answer.text).href, `http://localhost/verify/${id}`);
  }
});

test('a request with some bytes changed, lost or added never brings an answer of 5xx, and creates nothing', async () => {
  const good = `POST /verify HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`;
  const edit = fc.record({
    at: fc.nat(good.length - 1),
    byte: fc.nat(255),
    what: fc.constantFrom('change', 'lose', 'add'),
  });
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    let bytes = Buffer.from(good, 'latin1');
    for (const { at, byte, what } of edits) {
      const middle = what === 'lose' ? [] : [byte];
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(middle),
        bytes.subarray(what === 'add' ? at : at + 1),
      ]);
    }
    const { heard, tookMs } = await exchange(roost.url, bytes, { halfClose: true });
    assert.ok(tookMs < 5_000);
    for (const status of heard.matchAll(/HTTP\/1\.1 (\d)/g))
      assert.ok(status[1] === '4' || status[1] === '1', heard);
  });
  const before = rowsOf(roost);
  await fc.assert(property, { numRuns: 1_000 });
  assert.deepEqual(rowsOf(roost), before);
});

test('none of this was a bug of ours: nothing was logged as broken', () => {
  assert.deepEqual(
    roost.logged.filter((line) => /"level":"(error|warn)"/.test(line)),
    [],
  );
});
