import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { axe } from '../../../testing/chromium.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { idsIn, pageOf } from './browsing.ts';
import { signedIn, type Visitor } from './visitor.ts';

/** Reads events of a stream until `enough` says so. */
async function listen(
  { url }: StartedRoost,
  { cookie }: Visitor,
  query: string,
  enough: (ids: ReadonlySet<string>, events: readonly string[]) => boolean,
): Promise<{ ids: ReadonlySet<string>; events: readonly string[] }> {
  const answer = await fetch(`${url}/console/verifications/live${query}`, {
    headers: { cookie },
    signal: AbortSignal.timeout(60_000),
  });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  const ids = new Set<string>();
  const events: string[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(bytes, { stream: true });
    const parts = rest.split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const name = /^event: (\w+)/m.exec(part)?.[1];
      if (name === undefined) continue;
      events.push(name);
      const { rows = [] } = JSON.parse(/^data: (.*)$/m.exec(part)?.[1] ?? '{}') as { rows?: string[] };
      if (name === 'made') for (const row of rows) ids.add(idsIn(row)[0] ?? '');
    }
    if (enough(ids, events)) break;
  }
  return { ids, events };
}

describe('the live list', () => {
  test('tells every row that is committed, also of many at once, and misses none that came before it listened', async (t) => {
    const roost = await startRoost(t);
    const reader = await signedIn(roost, 'reader');
    const made: string[] = [];
    const create = async (i: number) => {
      made.push((await roost.createVerification(`+31612${String(100_000 + i)}`)).id);
    };
    const sinceMs = Date.now();
    await create(0);
    const heard = listen(roost, reader, `?since=${sinceMs}`, (ids) => ids.size >= 301);
    for (let at = 0; at < 300; at += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => create(1 + at + i)));
      await sleep(20);
    }
    assert.deepEqual((await heard).ids, new Set(made));
  });

  test('tells only what the list shows, and that a row has changed', async (t) => {
    const roost = await startRoost(t);
    const reader = await signedIn(roost, 'reader');
    const isTold = Promise.withResolvers<void>();
    const heard = listen(roost, reader, `?since=${Date.now()}&channel=sms`, (ids, events) => {
      if (ids.size > 0) isTold.resolve();
      return events.includes('changed');
    });
    await roost.createVerification('ann@example.com', { type: 'email', originator: 'bank@example.com' });
    const { id, code } = await roost.createVerification('+31612345678');
    await isTold.promise;
    await roost.check(id, code);
    assert.deepEqual((await heard).ids, new Set([id]));
  });

  test('ends with the session, and does not keep it alive', async (t) => {
    const roost = await startRoost(t);
    const reader = await signedIn(roost, 'reader');
    const heard = listen(roost, reader, '', (_, events) => events.includes('over'));
    await sleep(200);
    await reader.post('/console/sign-out');
    assert.ok((await heard).events.includes('over'));
    const { status } = await reader.get('/console/verifications/live');
    assert.equal(status, 303);
  });

  test('puts rows into the page as they come, in Chromium, and says so', async (t) => {
    const roost = await startRoost(t);
    const reader = await signedIn(roost, 'reader');
    const page = await pageOf(t, roost, reader, '/console/verifications');
    await page.getByText('Following live.').waitFor();
    const { id, code } = await roost.createVerification('+31612345678', { reference: 'order-1' });
    const row = page.locator(`#r-${id}`);
    await row.waitFor();
    assert.match((await row.textContent()) ?? '', /\+31\*+78.*open.*sandbox delivered/s);
    await roost.check(id, code);
    await row.getByText('verified').waitFor();
    assert.deepEqual(await axe(page), []);
  });
});
