import assert from 'node:assert/strict';
import test from 'node:test';
import { type StartedRoost, startRoost, TEST_KEY } from '../support/roost.ts';
import { exchange, firstAnswer } from '../wire/sockets.ts';

/** One request, byte for byte; the connection closes after it. */
async function ask(roost: StartedRoost, line: string, headers: readonly string[]) {
  const bytes = [line, ...headers, 'Connection: close', '', ''].join('\r\n');
  return firstAnswer((await exchange(roost.url, bytes)).heard);
}

async function withCode(roost: StartedRoost): Promise<string> {
  const { code } = await roost.createVerification('+31612345678');
  const { body } = await roost.call('GET', '/sandbox/messages?wait=5');
  assert.equal(body.messages[0]?.token, code, 'the phone has it');
  return code;
}

// HAProxy and others pass on the Host that the stranger sent, and add no header of their own unless they are told to.
test('a Roost that is told its public address shows strangers no phone, whatever Host they send through the proxy', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_PUBLIC_URL: 'https://verify.example.com' } });
  const { code } = await roost.createVerification('+31612345678');
  for (const path of ['/sandbox', '/sandbox/fragment', '/sandbox/events']) {
    const answer = await ask(roost, `GET ${path} HTTP/1.1`, ['Host: localhost']);
    assert.equal(answer.text.includes(code), false, path);
    assert.equal(answer.status, 404, path);
  }
});

// `proxy_pass http://127.0.0.1:8080;` and nothing else: HTTP/1.0, the upstream's address as Host, no forwarding header.
test('a request as nginx passes it on by default is not taken for one of this machine', async (t) => {
  const roost = await startRoost(t);
  const code = await withCode(roost);
  const answer = await ask(roost, 'GET /sandbox HTTP/1.0', [`Host: ${new URL(roost.url).host}`]);
  assert.equal(answer.text.includes(code), false);
  assert.equal(answer.status, 404);
});

test('the phone goes by the host of the request target where there is one, as RFC 9112 has it', async (t) => {
  const roost = await startRoost(t);
  const code = await withCode(roost);
  const answer = await ask(roost, 'GET http://evil.example/sandbox HTTP/1.1', ['Host: localhost']);
  assert.equal(answer.text.includes(code), false);
});

test('two Host headers are refused with 400, so that no proxy and we can read different ones', async (t) => {
  const roost = await startRoost(t);
  const answer = await ask(roost, 'GET /sandbox HTTP/1.1', ['Host: localhost', 'Host: evil.example']);
  assert.equal(answer.status, 400);
});

test('a key in the query of /sandbox/messages is refused however its name is written', async (t) => {
  const roost = await startRoost(t);
  for (const name of ['access_key', 'ACCESS_KEY', 'Access_Key', 'access%5fkey']) {
    const answer = await roost.call('GET', `/sandbox/messages?${name}=${TEST_KEY}`);
    assert.equal(answer.status, 401, name);
  }
});
