import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { RoostError, verifyWebhook } from '../src/index.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = 1_614_265_330_000;
const now = () => NOW;
const EVENT = {
  type: 'verification.verified',
  timestamp: '2021-02-25T15:02:10.000Z',
  mode: 'live',
  sequence: 4,
  data: { verification: { id: 'a'.repeat(32), status: 'verified' } },
};

/** A webhook signed by the published package, as Roost signs it. */
function signed(body = JSON.stringify(EVENT), secret = SECRET, atMs = NOW) {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(atMs / 1000),
    'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), body),
  };
  return { body, headers };
}

async function distrusted(
  request: Parameters<typeof verifyWebhook>[0],
  options: object = {},
): Promise<string> {
  const error = await verifyWebhook(request, { secret: SECRET, now, ...options }).then(
    () => assert.fail('it was trusted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RoostError);
  assert.equal(error.kind, 'refused');
  return error.message;
}

test('a webhook that the published package has signed is read, whatever holds its headers', async () => {
  const { body, headers } = signed();
  const upper = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  for (const each of [headers, new Headers(headers), upper]) {
    assert.deepEqual(await verifyWebhook({ body, headers: each }, { secret: SECRET, now }), {
      id: headers['webhook-id'],
      type: 'verification.verified',
      mode: 'live',
      sequence: 4,
      happenedAt: new Date('2021-02-25T15:02:10.000Z'),
      data: EVENT.data,
    });
  }
});

test('the published vector is verified', async () => {
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  // Its body is no event of Roost's: the signature is good, what it says is not.
  assert.match(await distrusted({ body: '{"test": 2432232314}', headers }), /it tells no event/);
  const changed = { ...headers, 'webhook-signature': headers['webhook-signature'].replace('g0', 'g1') };
  assert.match(await distrusted({ body: '{"test": 2432232314}', headers: changed }), /its signature/);
});

test('while a secret is being changed either is enough, on both sides', async () => {
  const { body, headers } = signed();
  const both = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']} v2,xyz` };
  for (const [sent, secret] of [
    [headers, [OTHER, SECRET]],
    [both, SECRET],
    [both, [SECRET, OTHER]],
  ] as const) {
    assert.equal((await verifyWebhook({ body, headers: sent }, { secret, now })).sequence, 4);
  }
});

test('what was changed, is old, early, of another secret or not signed is not trusted', async () => {
  const good = signed();
  assert.match(await distrusted({ ...good, body: `${good.body} ` }), /its signature/);
  assert.match(await distrusted(good, { secret: OTHER }), /its signature/);
  assert.match(
    await distrusted({ ...good, headers: { ...good.headers, 'webhook-id': 'msg_other' } }),
    /its signature/,
  );
  for (const minutes of [-6, 6]) {
    const moved = signed(undefined, undefined, NOW + minutes * 60_000);
    assert.match(await distrusted(moved), /too old, or of the future/);
    assert.match(await distrusted(moved, { toleranceMs: 0 }), /too old/);
  }
  for (const name of Object.keys(good.headers)) {
    const { [name as keyof typeof good.headers]: _, ...rest } = good.headers;
    assert.match(await distrusted({ body: good.body, headers: rest }), new RegExp(`it has no ${name}`));
  }
  for (const signature of [
    '',
    'v1,',
    'v1,not base64!',
    'v2,AAAA',
    good.headers['webhook-signature'].slice(3),
  ]) {
    await distrusted({ body: good.body, headers: { ...good.headers, 'webhook-signature': signature } });
  }
});
