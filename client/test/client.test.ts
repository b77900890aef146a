import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type ErrorKind, Roost, RoostError } from '../src/index.ts';
import { ID, KEY, sendJson, startStub, verifyObject, wrongToken } from './stub.ts';

/** The RoostError that a call rejects with; fails when it resolves, or rejects with anything else. */
async function failure(call: Promise<unknown>, kind: ErrorKind): Promise<RoostError> {
  const error = await call.then(
    () => assert.fail('the call did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RoostError, inspect(error));
  assert.equal(error.kind, kind);
  return error;
}

describe('what is sent', () => {
  test('a create sends its parameters as JSON, with the key in the header and nowhere else', async (t) => {
    const { roost, heard } = await startStub(t, (response) => sendJson(response, 201, verifyObject()));
    await roost.verify.create({ recipient: '06 12345678', countryCode: 'NL', timeout: 300 });
    const [request] = heard;
    assert.ok(request);
    assert.equal(`${request.method} ${request.url}`, 'POST /verify');
    assert.equal(request.headers.authorization, `AccessKey ${KEY}`);
    assert.equal(request.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(request.body), { recipient: '06 12345678', countryCode: 'NL', timeout: 300 });
  });

  test('a check sends its code in the body, so that no log of URLs can hold it', async (t) => {
    const object = verifyObject({ status: 'verified' });
    const { roost, heard } = await startStub(t, (response) => sendJson(response, 200, object));
    await roost.verify.check(ID, '012 345');
    assert.equal(`${heard[0]?.method} ${heard[0]?.url}`, `POST /verify/${ID}`);
    assert.equal(heard[0]?.body, '{"token":"012 345"}');
  });

  test('read and delete name the verification; a delete resolves on 204 without a body', async (t) => {
    const { roost, heard } = await startStub(t, (response, { method }) =>
      method === 'DELETE' ? response.writeHead(204).end() : sendJson(response, 200, verifyObject()),
    );
    await roost.verify.read(ID);
    assert.equal(await roost.verify.delete(ID), undefined);
    assert.deepEqual(
      heard.map(({ method, url }) => `${method} ${url}`),
      [`GET /verify/${ID}`, `DELETE /verify/${ID}`],
    );
  });

  test('a path in front of the API is kept, a slash at its end makes no difference', async (t) => {
    const { url, heard } = await startStub(t, (response) => sendJson(response, 200, verifyObject()));
    await new Roost({ url: `${url}/roost/`, accessKey: KEY }).verify.read(ID);
    assert.equal(heard[0]?.url, `/roost/verify/${ID}`);
  });

  test('an id that would reach another endpoint is refused before anything is sent', async (t) => {
    const { roost, heard } = await startStub(t, (response) => sendJson(response, 200, verifyObject()));
    for (const id of ['', '.', '..', 'a/b', '%2e', `${ID}?token=1`, 'messages/email/1', 'é']) {
      await assert.rejects(roost.verify.check(id, '123456'), TypeError, id);
      await assert.rejects(roost.verify.read(id), TypeError, id);
      await assert.rejects(roost.verify.delete(id), TypeError, id);
    }
    assert.equal(heard.length, 0);
  });

  test('neither a check nor a create is ever sent a second time', async (t) => {
    const { roost, heard } = await startStub(t, (response) => response.socket?.destroy());
    await failure(roost.verify.check(ID, '123456'), 'unreachable');
    await failure(roost.verify.create({ recipient: '+31612345678' }), 'unreachable');
    assert.equal(heard.length, 2);
  });
});

describe('what comes back', () => {
  test('a number comes back as E.164 text and the times as dates', async (t) => {
    const { roost } = await startStub(t, (response) => sendJson(response, 201, verifyObject()));
    const created = await roost.verify.create({ recipient: '+31612345678' });
    assert.equal(created.recipient, '+31612345678');
    assert.equal(created.validUntilDatetime.toISOString(), '2024-01-02T03:09:05.000Z');
    assert.equal(created.token, null);
    assert.equal(created.sandbox, false);
  });

  test('an e-mail address stays as it is', async (t) => {
    const object = verifyObject({ type: 'email', recipient: 'ann@example.com' });
    const { roost } = await startStub(t, (response) => sendJson(response, 200, object));
    const read = await roost.verify.read(ID);
    assert.deepEqual([read.type, read.recipient], ['email', 'ann@example.com']);
  });

  test('a create tells the token that was asked for, and whether the sandbox carries the message', async (t) => {
    const { roost } = await startStub(t, (response) =>
      sendJson(response, 201, verifyObject({ token: '012345' }), { 'roost-sandbox': 'true' }),
    );
    const created = await roost.verify.create({ recipient: '+31612345678', returnToken: true });
    assert.equal(created.token, '012345');
    assert.equal(created.sandbox, true);
  });

  test('a check that is answered with 200 but not with "verified" fails, as does one for another id', async (t) => {
    const objects = [
      verifyObject({ status: 'sent' }),
      verifyObject({ status: 'verified', id: 'f'.repeat(32) }),
    ];
    const { roost } = await startStub(t, (response) => sendJson(response, 200, objects.shift()));
    await failure(roost.verify.check(ID, ''), 'unexpected');
    await failure(roost.verify.check(ID, '123456'), 'unexpected');
  });

  test('the messages of the sandbox come back with dates, and the query is passed on', async (t) => {
    const message = {
      ...{ id: 'm1', channel: 'sms', recipient: '+31612345678', originator: 'Code', text: 'Code: 123456' },
      ...{ token: '123456', createdDatetime: '2024-01-02T03:04:05+00:00' },
    };
    const { roost, heard } = await startStub(t, (response) =>
      sendJson(response, 200, { messages: [message] }),
    );
    const [first] = await roost.sandbox.messages({ recipient: '+31612345678', wait: 2 });
    assert.equal(heard[0]?.url, '/sandbox/messages?recipient=%2B31612345678&wait=2');
    assert.equal(first?.token, '123456');
    assert.equal(first?.createdDatetime.getUTCFullYear(), 2024);
  });

  test('an answer that holds no faults, or is about another verification, is none of Roost', async (t) => {
    const { roost } = await startStub(t, (response) =>
      sendJson(response, 200, { id: 'other', status: 'sent', faults: [{ channel: 'fax' }] }),
    );
    await failure(roost.sandbox.faults(), 'unexpected');
    await failure(roost.sandbox.age('v1', 60), 'unexpected');
  });

  test('waiting for a message may take longer than another call', async (t) => {
    const { url } = await startStub(t, (response) => {
      setTimeout(() => sendJson(response, 200, { messages: [] }), 1_300);
    });
    const roost = new Roost({ url, accessKey: KEY, timeoutMs: 1_000 });
    assert.deepEqual(await roost.sandbox.messages({ wait: 20 }), []);
  });
});

describe('what goes wrong', () => {
  test('a refusal carries every error of the API, the request id, and the attempts left', async (t) => {
    const { roost } = await startStub(t, (response) =>
      sendJson(response, 422, wrongToken, { 'roost-attempts-left': '2', 'roost-hint': 'token: six digits' }),
    );
    const error = await failure(roost.verify.check(ID, '000000'), 'refused');
    assert.equal(error.status, 422);
    assert.deepEqual(error.errors, wrongToken.errors);
    assert.equal(error.message, 'The token is invalid.');
    assert.equal(error.requestId, 'req-1');
    assert.equal(error.attemptsLeft, 2);
    assert.equal(error.hint, 'token: six digits');
  });

  test('each status with the API’s list has its kind', async (t) => {
    let status = 0;
    const { roost } = await startStub(t, (response) =>
      sendJson(response, status, wrongToken, { 'retry-after': '7' }),
    );
    const kinds: readonly (readonly [status: number, kind: ErrorKind])[] = [
      [401, 'unauthorized'],
      [404, 'notFound'],
      [422, 'refused'],
      [429, 'unavailable'],
      [503, 'unavailable'],
      [400, 'unexpected'],
      [405, 'unexpected'],
      [500, 'unexpected'],
    ];
    for (const [answered, kind] of kinds) {
      status = answered;
      const error = await failure(roost.verify.read(ID), kind);
      assert.equal(error.status, answered);
      assert.equal(error.errors.length, 1);
      assert.equal(error.retryAfterSeconds, 7);
      assert.equal(error.attemptsLeft, null);
    }
  });

  test('whatever is not an answer of Roost’s is "unexpected", never a success', async (t) => {
    const answers: (readonly [status: number, body: unknown])[] = [
      [200, '<h1>It works!</h1>'],
      [200, ''],
      [200, 'null'],
      [200, '[]'],
      [200, '{}'],
      [200, verifyObject({ recipient: null })],
      [200, verifyObject({ status: 'fine' })],
      [200, verifyObject({ createdDatetime: 'soon' })],
      [200, verifyObject({ type: 'fax' })],
      [301, ''],
      [404, '<h1>Not here</h1>'],
      [422, '{"errors":[]}'],
      [422, '{"errors":"no"}'],
      [422, '{"errors":[{"code":"10"}]}'],
      [500, '<h1>Fault</h1>'],
      [502, 'Bad gateway'],
    ];
    const left = [...answers];
    const { roost } = await startStub(t, (response) => {
      const [status, body] = left.shift() ?? [200, ''];
      sendJson(response, status, body, status === 301 ? { location: '/elsewhere' } : {});
    });
    for (const [status, body] of answers) {
      const error = await failure(roost.verify.read(ID), 'unexpected');
      assert.deepEqual(error.errors, [], String(body));
      if (status !== 200) assert.equal(error.status, status);
      assert.equal(error.requestId, 'req-1');
    }
  });

  test('a redirect is not followed, so the key goes nowhere else', async (t) => {
    const other = await startStub(t, (response) => sendJson(response, 200, verifyObject()));
    const { roost } = await startStub(t, (response) =>
      sendJson(response, 307, '', { location: `${other.url}/verify` }),
    );
    await failure(roost.verify.create({ recipient: '+31612345678' }), 'unexpected');
    assert.equal(other.heard.length, 0);
  });

  test('no answer in time is a timeout, also when only the headers came', async (t) => {
    const { url } = await startStub(t, (response, heard) => {
      if (heard.method === 'DELETE') response.writeHead(200).write('{');
    });
    const roost = new Roost({ url, accessKey: KEY, timeoutMs: 150 });
    const began = performance.now();
    const error = await failure(roost.verify.read(ID), 'timeout');
    assert.equal(error.status, null);
    await failure(roost.verify.delete(ID), 'timeout');
    assert.ok(performance.now() - began < 10_000);
  });

  test('a connection that is refused, reset or cut short is "unreachable"', async (t) => {
    const { roost } = await startStub(t, (response, heard) => {
      if (heard.method === 'GET') response.writeHead(200, { 'content-length': '500' }).write('{"id":');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    await failure(roost.verify.read(ID), 'unreachable');
    await failure(roost.verify.delete(ID), 'unreachable');
    const nobody = new Roost({ url: 'http://127.0.0.1:1', accessKey: KEY });
    await failure(nobody.verify.read(ID), 'unreachable');
  });

  test('an answer without end is broken off', async (t) => {
    const { url } = await startStub(t, (response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const roost = new Roost({ url, accessKey: KEY, timeoutMs: 10_000 });
    await failure(roost.verify.read(ID), 'unexpected');
  });

  test('neither the client nor its errors show the key or the code', async (t) => {
    const { roost } = await startStub(t, (response) => sendJson(response, 422, wrongToken));
    const error = await failure(roost.verify.check(ID, '483920'), 'refused');
    assert.doesNotMatch(inspect([roost, error], { depth: 9, showHidden: true }), /test_ABC|483920/);
  });

  test('options that cannot be right are refused at once, and a wrong key is not repeated', () => {
    const right = { url: 'http://localhost:8080', accessKey: KEY };
    for (const url of ['', 'localhost:8080', 'ftp://x', 'http://a:b@x', 'http://x/?a=1', 'http://x/#a']) {
      assert.throws(() => new Roost({ ...right, url }), /http or https address/);
    }
    for (const accessKey of ['', ' ', 'live_secret\n', 'live secret']) {
      assert.throws(
        () => new Roost({ ...right, accessKey }),
        (error: Error) => error instanceof TypeError && !error.message.includes('secret'),
      );
    }
    for (const timeoutMs of [0, -1, 1.5, Number.NaN, 600_001]) {
      assert.throws(() => new Roost({ ...right, timeoutMs }), /timeoutMs must be a whole number/);
    }
  });
});
