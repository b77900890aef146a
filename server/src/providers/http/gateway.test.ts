import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  NUMBER,
  never,
  outbound,
  problemsOf,
  RECEIPT_URL,
  receipt,
} from '../../../test/providers/samples.ts';

/** A gateway of the old kind: all in the address, and an answer of plain text. */
const OLD = {
  channels: ['sms', 'flash'],
  values: { user: 'roost', password: 'pa&ss word' },
  send: {
    method: 'GET',
    url: '{baseUrl}/cgi-bin/send',
    query: {
      username: '{user}',
      password: '{password}',
      to: '{toDigits}',
      from: '{originator}',
      text: '{text}',
      flash: '{isFlash}',
      'dlr-url': '{receiptUrl}',
    },
  },
  outcomes: [
    { status: ['2xx'], where: 'pattern:^OK: \\w', outcome: 'accepted' },
    { where: 'pattern:^(ERR \\d{3})', is: ['ERR 429'], outcome: 'busy' },
    { where: 'pattern:^(ERR )', outcome: 'refused' },
  ],
  reference: 'pattern:^OK: (\\w{1,40})',
  errorCode: 'pattern:^ERR (\\d{3})',
  receipt: {
    status: 'query:stat',
    delivered: ['DELIVRD', '1'],
    undelivered: ['UNDELIV', 'EXPIRED', 'REJECTD'],
    reference: 'query:id',
    reason: 'query:err',
    answer: { status: 202, type: 'text/plain', body: 'ACK' },
  },
  check: {
    method: 'GET',
    url: '{baseUrl}/cgi-bin/credit',
    basic: { user: '{user}', password: '{password}' },
  },
};

function oldVendor(taken: Taken): Spoken {
  if (taken.path === '/cgi-bin/credit') {
    const right = `Basic ${Buffer.from('roost:pa&ss word').toString('base64')}`;
    return taken.headers.authorization === right ? { status: 200, body: '100' } : { status: 401 };
  }
  assert.equal(`${taken.method} ${taken.path}`, 'GET /cgi-bin/send');
  assert.equal(taken.body, '');
  const { flash, 'dlr-url': url, password, ...rest } = Object.fromEntries(taken.query);
  if (password !== 'pa&ss word') return { status: 200, body: 'ERR 401 wrong password' };
  assert.ok(url === undefined || url === RECEIPT_URL);
  assert.ok(['true', 'false'].includes(flash ?? ''));
  assert.deepEqual(rest, {
    ...{ username: 'roost', to: '31612345678', from: 'Roost', text: `Your code is ${CODE}` },
  });
  return { status: 200, body: 'OK: abc123' };
}

providerContract({
  name: 'http described',
  channels: ['sms', 'flash'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'http',
      { ...OLD, baseUrl, values: { user: 'roost', password: credentials === 'good' ? 'pa&ss word' : 'no' } },
      deps,
    ),
  vendor: oldVendor,
  reference: 'abc123',
  refusal: (said) => ({ status: 200, body: `ERR 105 ${said}` }),
  busy: { status: 200, body: 'ERR 429 slow down' },
  hasCheck: true,
  secrets: ['pa&ss word', 'pa%26ss'],
});

test('http: a described receipt is read and answered as the gateway expects', () => {
  const { receipts } = configured('http', { ...OLD, baseUrl: 'http://10.0.0.5:13013' });
  const read = receipts?.read ?? assert.fail();
  assert.deepEqual(receipts?.answer, { status: 202, type: 'text/plain', body: 'ACK' });
  const by = (query: string) => read(receipt({ method: 'GET', url: `${RECEIPT_URL}?${query}` }));
  const about = { kind: 'receipt', reference: 'abc123', cost: null };
  assert.deepEqual(by('id=abc123&stat=DELIVRD'), { ...about, status: 'delivered', reason: null });
  assert.deepEqual(by('id=abc123&stat=UNDELIV&err=006'), {
    ...{ ...about, status: 'undelivered', reason: 'UNDELIV (error 006)' },
  });
  assert.deepEqual(by('id=abc123&stat=ENROUTE'), { ...about, status: 'progress', reason: null });
  assert.deepEqual(by('id=abc123'), { kind: 'unreadable', reason: 'it has no status' });
});

const minimal = (send: object, more: object = {}) => ({
  ...{
    channels: ['sms', 'tts'],
    values: { key: 's3cret', ...more },
    outcomes: [{ status: ['200'], outcome: 'accepted' }],
  },
  send: { method: 'POST', url: '{baseUrl}/send/{toDigits}', ...send },
});

// Stops a template, or a sender's name, from adding fields to a gateway's request.
test('http: values are written for where they stand, and cannot leave their place', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200 }));
  const text = `a&b="c"</to>\r\n{key} ${CODE} é`;
  const sent = async (send: object): Promise<Taken> => {
    const provider = configured('http', { ...minimal(send), baseUrl: `${gateway.url}/base` });
    t.after(() => provider.close?.(never()));
    assert.equal((await provider.send(outbound('sms', { text }), never())).kind, 'accepted');
    return gateway.taken.at(-1) ?? assert.fail();
  };
  const json = await sent({
    json: { 'a"b': ['{text}', 1, true, null], nested: { to: '{to}', none: '{receiptUrl}' } },
  });
  assert.deepEqual(JSON.parse(json.body), {
    'a"b': [text, 1, true, null],
    nested: { to: NUMBER, none: RECEIPT_URL },
  });
  assert.equal(json.path, '/base/send/31612345678');
  const form = await sent({ form: { text: '{text}', to: '{to}' } });
  assert.equal(form.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.deepEqual(
    [...new URLSearchParams(form.body)],
    [
      ['text', text],
      ['to', NUMBER],
    ],
  );
  const xml = await sent({ xml: '<sms to="{to}"><text>{text}</text><k>{key}</k></sms>' });
  assert.equal(
    xml.body,
    `<sms to="${NUMBER}"><text>a&amp;b=&quot;c&quot;&lt;/to&gt;\r\n{key} ${CODE} é</text><k>s3cret</k></sms>`,
  );
  const query = await sent({ url: '{baseUrl}/send?v=1', query: { text: '{text}' } });
  assert.equal(query.query.get('text'), text);
  assert.equal(query.query.get('v'), '1');
});

test('http: a header that cannot hold a value refuses the message and sends nothing', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200 }));
  const provider = configured('http', {
    ...minimal({ headers: { 'x-text': '{text}' } }),
    baseUrl: gateway.url,
  });
  t.after(() => provider.close?.(never()));
  const outcome = await provider.send(outbound('sms', { text: `x\r\nx-more: ${CODE}` }), never());
  assert.deepEqual(outcome, { kind: 'refused', reason: 'the header x-text cannot hold what it is to say' });
  assert.equal(gateway.taken.length, 0);
});

test('http: what there is nothing of is left out, and voice is spelled out', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200 }));
  const json = {
    hook: { url: '{receiptUrl}' },
    list: ['{receiptUrl}', 'x'],
    say: '{spoken}',
    voice: '{voice}',
  };
  const provider = configured('http', { ...minimal({ json }), baseUrl: gateway.url });
  t.after(() => provider.close?.(never()));
  await provider.send(outbound('tts', { receiptUrl: null }), never());
  const body = JSON.parse(gateway.taken[0]?.body ?? '');
  assert.deepEqual(Object.keys(body), ['list', 'say', 'voice']);
  assert.deepEqual(body.list, ['x']);
  assert.match(body.say, /4, 8, 1, 5, 2, 0/);
  assert.ok(!body.say.includes(CODE));
});

test('http: described receipts can be signed', () => {
  const signature = {
    ...{ algorithm: 'hmac-sha256', key: '{key}', header: 'X-Signature', prefix: 'sha256=', encoding: 'hex' },
    over: '{body}',
  };
  const described = { status: 'json:/state', delivered: ['ok'], undelivered: ['no'], signature };
  const given = { ...minimal({ json: {} }), baseUrl: 'https://gw.example', receipt: described };
  const read = configured('http', given).receipts?.read ?? assert.fail();
  const by = (text: string, key: string) =>
    read(
      receipt({
        text,
        headers: { 'x-signature': `sha256=${createHmac('sha256', key).update(text).digest('hex')}` },
      }),
    ).kind;
  assert.equal(by('{"state":"ok"}', 's3cret'), 'receipt');
  assert.equal(by('{"state":"ok"}', 'other'), 'forged');
});

test('http: every mistake in a description is told in a sentence of its own, and no secret is', () => {
  const problems = problemsOf('http', {
    channels: ['sms', 'fax'],
    values: { key: 's3cret', to: 'x', 'a b': 'y', empty: '' },
    baseUrl: 'gateway.example',
    send: {
      method: 'PATCH',
      url: 'gateway.example/{to}',
      headers: { authorization: 'Bearer {kye}' },
      json: { to: '{too}' },
      form: {},
    },
    outcomes: [{ status: ['20x'], outcome: 'fine' }],
    receipt: { status: 'json:state', delivered: [] },
    refrence: 'json:/id',
  });
  for (const problem of [
    'providers.gw.refrence: there is no such setting; did you mean providers.gw.reference?',
    'providers.gw.channels: set a list of one or more of sms, flash, tts, email, whatsapp',
    'providers.gw.values.to: set a name of letters and digits that no message has, such as apiKey',
    'providers.gw.send.method: set GET, POST or PUT',
    'providers.gw.outcomes.0.outcome: set accepted, refused, busy or unknown',
    'providers.gw.receipt.undelivered: set it: statuses of a message that will not be delivered',
  ]) {
    assert.ok(problems.includes(problem), `${problem}\n\n${problems.join('\n')}`);
  }
  assert.ok(!problems.join().includes('s3cret'));
});

test('http: templates, selectors and patterns are read when the configuration is', () => {
  const problems = problemsOf('http', {
    ...minimal({ headers: { 'X-Key': '{kye}', Host: 'x' }, json: { to: '{too}' }, form: { a: 'b' } }),
    baseUrl: 'https://gw.example',
    reference: 'pattern:(a+)+',
    errorCode: 'json:code',
  });
  assert.deepEqual(problems, [
    'providers.gw.send.headers.X-Key: there is no {kye}; did you mean {key}?',
    'providers.gw.send.headers.Host: set a header of letters, digits and hyphens other than host, content-length, transfer-encoding, connection, accept-encoding, upgrade',
    'providers.gw.send: set one of json, form and xml',
    'providers.gw.send.json.to: there is no {too}; did you mean {to}?',
    'providers.gw.reference: a pattern repeats characters and classes, not groups',
    'providers.gw.errorCode: a JSON pointer begins with /, such as json:/data/id',
  ]);
  assert.deepEqual(problemsOf('http', { preset: 'telnix', values: {} }).slice(0, 1), [
    'providers.gw.preset: set one of infobip, plivo, sinch, telegram, telnyx, or describe the gateway without it',
  ]);
});
