import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { before, describe, test } from 'node:test';
import { count, NOTHING } from '../../src/domain/guard/counts.ts';
import { may, ROLES, type Role } from '../../src/domain/operator.ts';
import { ROOMS } from '../../src/http/console/frame.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { signedIn, type Visitor } from './visitor.ts';

const NOT_FRESH_MS = 6 * 60_000;
const SECRET = '5f0123456789abcd'.repeat(4);
const NOBODY = '0'.repeat(32);

describe('the rooms of the console', () => {
  const cleanUp: (() => void | Promise<void>)[] = [];
  let roost: StartedRoost;
  let visitors: Record<Role, Visitor>;

  before(async () => {
    roost = await startRoost(
      { after: (end) => void cleanUp.unshift(end) },
      {
        env: { ROOST_WEBHOOKS: 'loopback', ROOST_PUBLIC_URL: 'http://localhost:9', ROOST_SECRET_KEY: SECRET },
      },
    );
    const all = await Promise.all(ROLES.map(async (role) => [role, await signedIn(roost, role)] as const));
    visitors = Object.fromEntries(all) as Record<Role, Visitor>;
  });
  test.after(async () => {
    for (const end of cleanUp) await end();
  });

  test('open to each role what its acts allow, and nothing else', async () => {
    for (const { address, act } of ROOMS) {
      for (const role of ROLES) {
        const { status, text } = await visitors[role].get(address);
        assert.equal(status, may(role, act) ? 200 : 403, `${role} ${address}: ${text.slice(0, 200)}`);
      }
    }
  });

  test('let nobody post anything without the token of their own session, and nothing is done', async () => {
    const { owner, operator } = visitors;
    const theirs =
      /name="form_token" value="([^"]+)"/.exec((await operator.get('/console/me')).text)?.[1] ?? '';
    for (const path of POSTS.keys()) {
      for (const token of ['', 'x', theirs]) {
        assert.equal((await owner.post(path, {}, token)).status, 403, `${path} with ${token}`);
      }
    }
  });

  test('refuse each act to each role that may not do it, whatever form it makes for itself', async () => {
    for (const [path, act] of POSTS) {
      for (const role of ROLES.filter((one) => !may(one, act))) {
        const { status } = await visitors[role].post(path, { subject: 'live default country NL' });
        assert.equal(status, 403, `${role} ${path}`);
      }
    }
  });

  test('want a fresh factor for everything that changes something, and do nothing before', async () => {
    const stale = await signedIn(roost, 'owner', { provedAgoMs: NOT_FRESH_MS });
    for (const [path, act] of POSTS) {
      if (act === 'view') continue;
      const { status, headers } = await stale.post(path, { url: 'http://127.0.0.1:9/', project: 'default' });
      assert.equal(status, 303, path);
      assert.match(headers.get('location') ?? '', /^\/console\/fresh\?next=/, path);
    }
    const endpoints = await roost.roost.store.read.list(
      tables.webhookEndpointsIn,
      { mode: 'live' },
      roost.clock(),
    );
    assert.deepEqual(endpoints, []);
  });

  test('send strict headers with every page, and every form carries the token', async () => {
    for (const { address } of ROOMS) {
      const { headers, text } = await visitors.owner.get(address);
      assert.match(headers.get('content-security-policy') ?? '', /script-src 'self'.*frame-ancestors 'none'/);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.ok(
        !/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/.test(text),
        `${address} has nothing inline`,
      );
      for (const [form] of text.matchAll(/<form method="post"[\s\S]*?<\/form>/g)) {
        assert.match(form, /name="form_token" value="[\w-]{40,}"/, `${address}: ${form.slice(0, 200)}`);
      }
    }
  });

  test('show a secret of a webhook once, send a test, and tell what was answered', async (t) => {
    const { owner } = visitors;
    const got: string[] = [];
    const server = createServer((request, response) => {
      request.on('data', (bytes) => got.push(String(bytes)));
      request.on('end', () => response.writeHead(418).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const bad = await owner.post('/console/webhooks', {
      url: 'http://10.0.0.1/',
      mode: 'test',
      project: 'default',
    });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /aria-invalid="true"/);
    const made = await owner.post('/console/webhooks', {
      url,
      name: 'shop',
      mode: 'test',
      project: 'default',
    });
    assert.equal(made.status, 200, made.text);
    const secret = /whsec_[\w+/=]+/.exec(made.text)?.[0] ?? '';
    assert.ok(secret.length > 40);
    const path = /href="(\/console\/webhooks\/test\/default\/[0-9a-f]{32})"/.exec(made.text)?.[1] ?? '';
    assert.equal((await owner.post(`${path}/test`)).status, 303);
    const told = await until(async () => {
      const { text } = await owner.get(path);
      return text.includes('answered 418') ? text : null;
    });
    assert.match(got.join(''), /"type":"webhook\.test"/);
    assert.ok(!told.includes(secret), 'never again');
    const rotated = await owner.post(`${path}/rotate`);
    assert.match(rotated.text, /For 24 hours what is sent is signed with the old one too/);
    assert.equal((await owner.post(`${path}/switch`, { enabled: 'off' })).status, 303);
    assert.match((await owner.get(path)).text, /Off since/);
    assert.equal((await owner.post(`${path}/delete`)).status, 303);
    assert.equal((await owner.get(path)).status, 404);
  });

  test('find a user by their exact id alone, end their waits and take a factor away', async () => {
    const { support, operator } = visitors;
    const user = 'ann@customer.example';
    const factors = `/v1/users/${encodeURIComponent(user)}/factors`;
    const made = await roost.call('POST', factors, { json: { kind: 'totp' } });
    assert.equal(made.status, 201, made.text);
    const sms = await roost.call('POST', factors, { json: { kind: 'sms', recipient: '+447700900123' } });
    assert.equal(sms.status, 201, sms.text);
    const missed = await support.post('/console/users', { user: 'ann', mode: 'test', project: 'default' });
    assert.equal(missed.status, 404);
    const found = await support.post('/console/users', { user, mode: 'test', project: 'default' });
    assert.equal(found.status, 303);
    const path = found.headers.get('location') ?? '';
    assert.ok(!path.includes('ann'), 'the address tells nobody who it is');
    const page = await support.get(path);
    assert.match(page.text, /ann@customer\.example/);
    assert.match(page.text, /Authenticator app/);
    assert.ok(!page.text.includes('7700900123'), 'recipients are masked');
    assert.ok(!page.text.includes('/remove'), 'support sees no button for what it may not do');
    const factor = made.body.factor?.id ?? made.body.id;
    assert.equal((await operator.post(`${path}/${factor}/forgive`)).status, 303);
    assert.equal((await operator.post(`${path}/${factor}/remove`)).status, 303);
    assert.ok(!(await operator.get(path)).text.includes('Authenticator app'));
  });

  test('take tokens in whole or not at all, give them out, and call them lost', async () => {
    const { operator } = visitors;
    const about = { mode: 'test', project: 'default', format: 'csv' };
    const secret = '3132333435363738393031323334353637383930';
    const bad = await operator.post('/console/tokens/import', { ...about, data: `A1,${secret}\nA2,xyz` });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /Nothing was taken of it/);
    const good = await operator.post('/console/tokens/import', {
      ...about,
      data: `A1,${secret}\nA2,${secret}`,
    });
    assert.equal(good.status, 303);
    const list = await operator.get(good.headers.get('location') ?? '');
    assert.match(list.text, /<code>A1<\/code>/);
    assert.ok(!list.text.includes(secret));
    const assign = { user: 'bob', kind: 'hotp' };
    assert.equal((await operator.post('/console/tokens/test/default/A1/assign', assign)).status, 303);
    assert.match((await operator.get('/console/tokens?mode=test&state=assigned')).text, /<code>A1<\/code>/);
    assert.equal((await operator.post('/console/tokens/test/default/A1/lost')).status, 303);
    assert.match((await operator.get('/console/tokens?mode=test&state=lost')).text, /<code>A1<\/code>/);
  });

  test('preview a text as it would go out, and say why a create would refuse it', async () => {
    const { reader } = visitors;
    const ask = (template: string) =>
      reader.get(`/console/templates?${new URLSearchParams({ template, channel: 'sms' })}`);
    const good = await ask('Your code is %token <b>');
    assert.match(good.text, /A create takes it/);
    assert.match(good.text, /Your code is 000000 &lt;b&gt;/);
    assert.match((await ask('Код: %token')).text, /of Unicode: 11 of 70 characters/);
    assert.match((await ask('Go to bit.ly/x for %token')).text, /A create refuses it/);
  });

  test('show the way of a message without sending it, and no whole number', async () => {
    const { reader } = visitors;
    const shown = await reader.post('/console/providers/preview', { to: '+31687654321', channel: 'sms' });
    assert.match(shown.text, /ends on the sandbox phone/);
    assert.ok(!shown.text.includes('687654321'));
    const bad = await reader.post('/console/providers/preview', { to: '123', channel: 'sms' });
    assert.equal(bad.status, 422);
  });

  test('show every setting with where it comes from, and no secret', async () => {
    const { text } = await visitors.reader.get('/console/settings');
    assert.match(text, /ROOST_WEBHOOKS[\s\S]*?loopback[\s\S]*?environment/);
    assert.ok(!text.includes(SECRET));
  });

  test('turn the check-list of going live green, one thing after the other', async () => {
    const { owner } = visitors;
    const stateOf = async (id: string) =>
      new RegExp(`<li id="${id}">.*?<span class="chip[^"]*">([^<]+)<`).exec(
        (await owner.get('/console/live')).text,
      )?.[1];
    assert.equal(await stateOf('live-key'), 'done');
    assert.equal(await stateOf('public-url'), 'to do');
    assert.equal(await stateOf('provider'), 'to do');
    assert.equal(await stateOf('webhook'), 'advised');
    assert.equal(await stateOf('backup'), 'to do');
    assert.equal((await owner.post('/console/live/restored')).status, 303);
    assert.equal(await stateOf('backup'), 'done');
  });

  test('show a block in force, and lift it: only what comes after can close it again', async () => {
    const { reader, operator } = visitors;
    const { store } = roost.roost;
    const subject = 'live default country BE';
    await store.transaction(async (tx) => {
      const tally = await tx.tally({ name: subject, isExact: true });
      const counts = count(NOTHING, { sends: 60, verified: 2 }, tx.nowMs, tx.nowMs, 168);
      const brake = { closedAtMs: tx.nowMs - 60_000, untilMs: tx.nowMs + 3_600_000, times: 1, probes: 0 };
      tally.keep({ ...counts, brake: { ...brake, healedAtMs: null } }, tx.nowMs + 86_400_000);
    });
    const before = await reader.get('/console/guard');
    assert.match(before.text, /Belgium \(BE\)[\s\S]*?closed[\s\S]*?2 of 60 verified/);
    const tile = /<a href="([^"]+)" aria-label="BE, Belgium: 60">/.exec(before.text)?.[1] ?? '';
    const behind = await reader.get(tile.replaceAll('&amp;', '&'));
    assert.equal(behind.status, 200, 'the tile of a country leads to its verifications');
    assert.match(tile, /mode=live&amp;project=default&amp;from=.*&amp;country=BE$/);
    assert.ok(!before.text.includes('action="/console/guard/lift"'), 'a reader has no button');
    assert.equal((await operator.post('/console/guard/lift', { subject })).status, 303);
    const after = await reader.get('/console/guard?said=lifted');
    assert.ok(!/2 of 60 verified/.test(after.text));
    assert.equal((await operator.post('/console/guard/lift', { subject })).status, 404);
    assert.deepEqual(await store.read.brakedTallies(roost.clock(), 10), []);
  });

  test('replay the past by other rules, and tell what is wrong with them', async () => {
    const { operator } = visitors;
    await roost.createVerification('+447700900199');
    const ask = (draft: string) =>
      operator.post('/console/guard/replay', { draft, days: '1', of: 'sandbox' });
    const stopped = await ask('{ "countries": ["NL"] }');
    assert.equal(stopped.status, 200, stopped.text);
    assert.match(stopped.text, /Of what was sent they stop <b>[1-9]/);
    assert.match(stopped.text, /<code>countries<\/code>: allow/);
    assert.ok(!stopped.text.includes('7700900199'));
    assert.equal((await ask('{')).status, 422);
    assert.match((await ask('{ "rules": { "key-dey": { "most": 1 } } }')).text, /did you mean/);
  });

  test('find what was done in the audit log by who and what, and say that it is whole', async () => {
    const { owner } = visitors;
    const found = await owner.get('/console/audit?what=backup');
    assert.match(found.text, /backup\.restored/);
    assert.ok(!found.text.includes('provider.tested'));
    assert.match((await owner.get('/console/audit?who=nobody-of-that-name')).text, /Nothing of the kind/);
    assert.match((await owner.post('/console/audit/verify')).text, /The log is whole/);
    const exported = await until(async () => {
      const { text } = await owner.get('/console/audit/export');
      return text.includes('backup.restored') ? text : null;
    });
    for (const line of exported.trim().split('\n')) JSON.parse(line);
  });
});

/** Everything that can be posted in these rooms, with what one must be allowed to do it. */
const POSTS = new Map(
  Object.entries({
    '/console/guard/lift': 'guard',
    '/console/guard/replay': 'guard',
    '/console/me/recipients': 'providers',
    [`/console/me/recipients/${NOBODY}/again`]: 'providers',
    '/console/providers/preview': 'view',
    '/console/providers/sandbox/check': 'providers',
    '/console/providers/sandbox/faults': 'providers',
    '/console/providers/sandbox/test': 'providers',
    '/console/users': 'view',
    [`/console/users/test/default/${NOBODY}/${NOBODY}/remove`]: 'factors',
    [`/console/users/test/default/${NOBODY}/${NOBODY}/forgive`]: 'factors',
    '/console/tokens/import': 'tokens',
    '/console/tokens/test/default/A9/assign': 'tokens',
    '/console/tokens/test/default/A9/lost': 'tokens',
    '/console/tokens/test/default/A9/delete': 'tokens',
    '/console/webhooks': 'webhooks',
    [`/console/webhooks/test/default/${NOBODY}/switch`]: 'webhooks',
    [`/console/webhooks/test/default/${NOBODY}/test`]: 'webhooks',
    [`/console/webhooks/test/default/${NOBODY}/replay`]: 'webhooks',
    [`/console/webhooks/test/default/${NOBODY}/rotate`]: 'webhooks',
    [`/console/webhooks/test/default/${NOBODY}/delete`]: 'webhooks',
    '/console/audit/verify': 'audit',
    '/console/live/restored': 'audit',
  } as const),
);

async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (let i = 0; i < 600; i += 1) {
    const found = await ask();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come about within half a minute');
}
