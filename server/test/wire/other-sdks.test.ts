import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { assertEnvelope, codeOf, send, verificationOf, wrong } from './wire.ts';

// The requests of each SDK as the wire contract (section 10) tells them: headers, spellings, oddities and all.

type Headers = { readonly [name: string]: string };

function asSdk(roost: StartedRoost, headers: Headers) {
  return async (method: string, path: string, body?: string) => {
    const key = { Authorization: `AccessKey ${roost.liveKey}` };
    const answer = await send(roost.url, { method, path, headers: { ...key, ...headers }, body });
    return { ...answer, body: answer.text === '' ? null : JSON.parse(answer.text) };
  };
}

test('PHP sends its options in the query, the rest as JSON with nulls, and a content type without a body', async (t) => {
  const roost = await startRoost(t);
  const php = asSdk(roost, {
    'User-agent': 'MessageBird/ApiClient/4.0.1 PHP/80201',
    Accept: 'application/json',
    'Content-Type': 'application/json',
    'Accept-Charset': 'utf-8',
  });
  const query = 'originator=MessageBird&timeout=120&type=sms&template=Your+code%3A+%25token&maxAttempts=2';
  const made = await php('POST', `/verify?${query}`, '{"recipient":31612345678,"reference":null}');
  assert.equal(made.status, 201, made.text);
  const kept = await verificationOf(roost, made.body.id, 'live');
  assert.equal(kept.originator, 'MessageBird');
  assert.equal(kept.wording.template, 'Your code: %token');
  assert.equal(kept.expiresAtMs - kept.createdAtMs, 120_000);
  assert.ok(kept.state === 'open' && kept.attemptsLeft === 2);
  const code = await codeOf(roost, made.body.id, 'live');
  assert.equal((await php('GET', `/verify/${made.body.id}?token=${wrong(code)}`)).status, 422);
  assert.equal((await php('GET', `/verify/${made.body.id}?token=${code}`)).body.status, 'verified');
  assert.equal((await php('DELETE', `/verify/${made.body.id}`)).status, 204);
  const nameless = await php('GET', '/verify/?token=123456');
  assert.equal(nameless.status, 405);
  assertEnvelope(nameless.text);
});

test('PHP 1.9, as its tutorial has it, puts originator and template into the JSON', async (t) => {
  const roost = await startRoost(t);
  const php = asSdk(roost, { 'Content-Type': 'application/json', 'Accept-Charset': 'utf-8' });
  const body =
    '{"recipient":"+31612345678","reference":null,"originator":"Code","template":"Your code is %token.","type":null}';
  assert.equal((await php('POST', '/verify', body)).status, 201);
});

test('Ruby sends forms, a value that is nil as a bare key, and joins the token into the path', async (t) => {
  const roost = await startRoost(t);
  const agent = { 'User-Agent': 'MessageBird/ApiClient/5.0.0 Ruby/3.2.0', Accept: 'application/json' };
  const get = asSdk(roost, agent);
  const post = asSdk(roost, { ...agent, 'Content-Type': 'application/x-www-form-urlencoded' });
  const form = 'originator=MyBrand&reference&template=Code%3A+%25token&timeout=60&recipient=31612345678';
  const made = await post('POST', '/verify', form);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.reference, null);
  assert.equal(made.body.originator, 'MyBrand');
  const code = await codeOf(roost, made.body.id, 'live');
  const bad = await get('GET', `/verify/${made.body.id}?token=${wrong(code)}`);
  assert.deepEqual(bad.body.errors[0].description, 'The token is invalid.');
  assert.equal((await get('GET', `/verify/${made.body.id}?token=${code}`)).body.status, 'verified');
  const bodyless = await get('POST', '/verify');
  assert.equal(bodyless.status, 422);
  assert.equal(bodyless.body.errors[0].parameter, 'recipient');
});

test('Go spells dataCoding with a capital, and Go before 4 sent a form', async (t) => {
  const roost = await startRoost(t);
  const go = asSdk(roost, {
    'User-Agent': 'MessageBird/ApiClient/9.1.1 Go/go1.20 linux/amd64',
    Accept: 'application/json',
    'Content-Type': 'application/json',
  });
  const body =
    '{"recipient":"31612345678","originator":"MyBrand","type":"sms","template":"Code: %token","dataCoding":"unicode","timeout":30,"tokenLength":6}';
  const made = await go('POST', '/verify', body);
  assert.equal(made.status, 201, made.text);
  assert.equal((await verificationOf(roost, made.body.id, 'live')).wording.datacoding, 'unicode');
  assert.equal((await go('GET', `/verify/${made.body.id}?`)).body.status, 'sent', 'a bare ? is a plain read');
  const old = asSdk(roost, { 'Content-Type': 'application/x-www-form-urlencoded' });
  const form = await old(
    'POST',
    '/verify',
    'datacoding=auto&originator=MyBrand&recipient=31612345679&timeout=30',
  );
  assert.equal(form.status, 201, form.text);
  assert.equal((await verificationOf(roost, form.body.id, 'live')).wording.datacoding, 'auto');
});

test('Java names its enums in upper case, asks with text/plain and trailing slashes, and closes', async (t) => {
  const roost = await startRoost(t);
  const common = { Accept: 'application/json', charset: 'utf-8', Connection: 'close' };
  const agent = { 'User-agent': 'MessageBird Java/6.2.5 ApiClient/6.2.5' };
  const post = asSdk(roost, { ...common, ...agent, 'Content-Type': 'application/json' });
  const get = asSdk(roost, { ...common, ...agent, 'Content-Type': 'text/plain' });
  const body =
    '{"originator":"Code","reference":"ref","datacoding":"plain","type":"tts","timeout":120,"tokenLength":6,"maxAttempts":3,"voice":"MALE","language":"NL_NL","recipient":"31612345678"}';
  const made = await post('POST', '/verify', body);
  assert.equal(made.status, 201, made.text);
  const { wording } = await verificationOf(roost, made.body.id, 'live');
  assert.deepEqual([wording.voice, wording.language], ['male', 'nl-nl']);
  const code = await codeOf(roost, made.body.id, 'live');
  assert.equal((await get('GET', `/verify/${made.body.id}/`)).body.status, 'sent');
  assert.equal((await get('GET', `/verify/${made.body.id}/?token=${code}`)).body.status, 'verified');
  assert.equal((await get('DELETE', `/verify/${made.body.id}`)).status, 204);
  assert.equal((await get('GET', `/verify/${made.body.id}`)).body.errors[0].code, 20);
});

test('C# waits for 100 Continue before it sends its body', async (t) => {
  const roost = await startRoost(t);
  const body =
    '{"recipient":"31612345678","datacoding":"plain","tokenLength":6,"type":"sms","timeout":30,"voice":"female","language":"en-gb"}';
  const head =
    `POST /verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: AccessKey ${roost.liveKey}\r\n` +
    'Accept: application/json\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n' +
    `Connection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const socket = connect(Number(new URL(roost.url).port), '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write(head);
  let heard = '';
  for await (const part of socket) {
    if (heard === '' && String(part).startsWith('HTTP/1.1 100 Continue')) socket.write(body);
    heard += part;
  }
  assert.match(heard, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created\r\n/);
});

test('C# names a content type on GET and DELETE too', async (t) => {
  const roost = await startRoost(t);
  const agent = { 'User-Agent': 'MessageBird/ApiClient/2.0 DotNet/4.0.1', Accept: 'application/json' };
  const csharp = asSdk(roost, { ...agent, 'Content-Type': 'application/json; charset=utf-8' });
  const made = await csharp('POST', '/verify', '{"recipient":31612345678,"type":"flash"}');
  assert.equal(made.status, 201, made.text);
  assert.equal((await csharp('GET', `/verify/${made.body.id}`)).status, 200);
  const code = await codeOf(roost, made.body.id, 'live');
  const spaced = `${code.slice(0, 3)}%20${code.slice(3)}`;
  assert.equal((await csharp('GET', `/verify/${made.body.id}?token=${spaced}`)).body.status, 'verified');
  assert.equal((await csharp('DELETE', `/verify/${made.body.id}`)).status, 204);
});

test('Dart sends every member, nulls and its misspelling included, and deletes with a form content type', async (t) => {
  const roost = await startRoost(t);
  const post = asSdk(roost, { 'Content-Type': 'application/json' });
  const body =
    '{"recipient":31612345678,"originator":null,"reference":null,"type":null,"template":null,"datacoding":null,"timout":30,"tokenLength":null,"voice":null,"language":null}';
  const made = await post('POST', '/verify', body);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.originator, 'Code');
  const form = asSdk(roost, { 'Content-Type': 'application/x-www-form-urlencoded' });
  assert.equal((await form('DELETE', `/verify/${made.body.id}`)).status, 204);
});

test('Python sends UTF-8 JSON with a charset, on GET as well, and deletes with the body {}', async (t) => {
  const roost = await startRoost(t);
  const python = asSdk(roost, {
    Accept: 'application/json',
    'Content-Type': 'application/json; charset=UTF-8',
    'User-Agent': 'MessageBird/ApiClient/2.1.0 Python/3.11.4',
    Connection: 'keep-alive',
  });
  const made = await python(
    'POST',
    '/verify',
    '{"reference": "commande n°7", "recipient": " +31 (0)6-12 34 56 78 "}',
  );
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.reference, 'commande n°7');
  assert.equal(made.body.recipient, 31612345678);
  const code = await codeOf(roost, made.body.id, 'live');
  const spaced = `${code.slice(0, 3)}+${code.slice(3)}`; // requests writes a space in a parameter as a plus
  assert.equal((await python('GET', `/verify/${made.body.id}?token=${spaced}`)).body.status, 'verified');
  assert.equal((await python('DELETE', `/verify/${made.body.id}`, '{}')).status, 204);
});

test('curl users send a form without encoding the percent sign, or JSON without saying so', async (t) => {
  const roost = await startRoost(t);
  const curl = asSdk(roost, { Accept: '*/*', 'Content-Type': 'application/x-www-form-urlencoded' });
  const form = await curl('POST', '/verify', 'recipient=31612345678&template=Your code: %token&timeout=60');
  assert.equal(form.status, 201, form.text);
  assert.equal((await verificationOf(roost, form.body.id, 'live')).wording.template, 'Your code: %token');
  for (const type of ['text/plain', 'application/octet-stream', 'application/vnd.api+json']) {
    const other = asSdk(roost, { 'Content-Type': type });
    const json = await other('POST', '/verify', '{"recipient":"31612345679"}');
    assert.equal(json.status, 201, `${type}: ${json.text}`);
    assert.equal((await other('DELETE', `/verify/${json.body.id}`)).status, 204);
  }
  const untyped = await asSdk(roost, {})('POST', '/verify', '{"recipient":"31612345670"}');
  assert.equal(untyped.status, 201, untyped.text);
});
