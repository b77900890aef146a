import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { StartedRoost } from '../support/roost.ts';
import { idsIn, seeded } from './browsing.ts';
import type { Past } from './history.ts';
import { signedIn, type Visitor } from './visitor.ts';

describe('the list of verifications', () => {
  const cleanUp: (() => void | Promise<void>)[] = [];
  let roost: StartedRoost;
  let past: readonly Past[];
  let reader: Visitor;
  let number: (i: number) => string;
  let refusalIds: string[];

  before(async () => {
    const made = await seeded(9_000, 20).start({ after: (end) => void cleanUp.unshift(end) });
    ({ roost, past, number } = made);
    refusalIds = made.refusals.map(({ id }) => id);
    reader = await signedIn(roost, 'reader');
  });
  test.after(async () => {
    for (const end of cleanUp) await end();
  });

  /** Every row of a search, page after page. */
  async function all(query: string): Promise<string[]> {
    const ids: string[] = [];
    let address: string | null = `/console/verifications${query}`;
    for (let pages = 0; address !== null && pages < 300; pages += 1) {
      const { status, text }: { status: number; text: string } = await reader.get(address);
      assert.equal(status, 200, text.slice(0, 300));
      ids.push(...idsIn(text));
      const next = /href="(\/console\/verifications\?[^"]*before=[0-9a-f]{32}[^"]*)">(?:Older|Look)/.exec(
        text,
      )?.[1];
      address = next?.replaceAll('&amp;', '&') ?? null;
    }
    return ids;
  }
  const matching = (is: (one: Past) => boolean) => past.filter(is).map(({ verification }) => verification.id);
  const assertFinds = async (query: string, expected: readonly string[]) => {
    const found = await all(query);
    assert.equal(new Set(found).size, found.length, 'no row twice');
    assert.deepEqual(new Set(found), new Set(expected), query);
  };

  test('turns page by page through every verification and refusal, each once, the newest first', async () => {
    const found = await all('');
    assert.equal(found.length, past.length + refusalIds.length);
    assert.deepEqual(new Set(found), new Set([...matching(() => true), ...refusalIds]));
    const of = new Map(past.map(({ verification }) => [verification.id, verification.createdAtMs]));
    const times = found.flatMap((id) => of.get(id) ?? []);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
  });

  test('finds by state, mode, project, channel, provider, country, reason and time what a look at all rows finds', async () => {
    const last = ({ messages }: Past) => messages.at(-1);
    await assertFinds(
      '?state=deleted',
      matching(({ verification: v }) => v.state === 'deleted'),
    );
    await assertFinds('?state=refused', refusalIds);
    await assertFinds(
      '?state=failed&mode=test&project=shop',
      matching(({ verification: v }) => v.state === 'failed' && v.mode === 'test' && v.projectId === 'shop'),
    );
    await assertFinds(
      '?channel=flash&provider=twilio&state=verified',
      matching(
        (p) =>
          p.verification.channel === 'flash' &&
          last(p)?.provider === 'twilio' &&
          p.verification.state === 'verified',
      ),
    );
    await assertFinds(
      '?country=ZA&state=failed&mode=live',
      matching(
        (p) =>
          p.verification.mode === 'live' &&
          p.verification.state === 'failed' &&
          last(p)?.routing?.country === 'ZA',
      ),
    );
    await assertFinds(
      '?reason=Number%20UNKNOWN&state=failed',
      matching(({ verification: v }) => v.state === 'failed' && v.reason === 'number unknown'),
    );
    const [from, to] = ['2026-11-10T00:00', '2026-11-11T12:30'];
    await assertFinds(
      `?from=${from}&to=${to}&mode=test`,
      matching(
        ({ verification: v }) =>
          v.mode === 'test' &&
          v.createdAtMs >= Date.parse(`${from}Z`) &&
          v.createdAtMs < Date.parse(`${to}Z`),
      ),
    );
  });

  test('finds a recipient in any spelling, and no number is in the address', async () => {
    const whole = number(17);
    const ids = matching(({ verification: v }) => v.reference?.endsWith('017') === true || true).filter(
      (_, i) => i % 1_000 === 17,
    );
    for (const typed of [
      whole,
      whole.replace('+', '00'),
      `${whole.slice(0, 4)} ${whole.slice(4)}`,
      whole.slice(1),
    ]) {
      const { status, headers } = await reader.post('/console/verifications/find', { q: typed });
      const to = headers.get('location') ?? '';
      assert.equal(status, 303);
      assert.match(to, /^\/console\/verifications\?whom=[0-9a-f]{32}$/, typed);
      await assertFinds(to.slice('/console/verifications'.length), ids);
    }
  });

  test('finds by reference, by id, and by the id of a message', async () => {
    const one = past.find(
      ({ verification, messages }) => verification.reference !== null && messages.length > 1,
    ) as Past;
    const find = async (q: string) =>
      (await reader.post('/console/verifications/find', { q })).headers.get('location') ?? '';
    const list = await find(one.verification.reference ?? '');
    assert.deepEqual(await all(list.slice('/console/verifications'.length)), [one.verification.id]);
    const page = `/console/verifications/${one.verification.id}`;
    assert.equal(await find(` ${one.verification.id.toUpperCase()} `), page);
    assert.equal(await find(one.messages[0]?.id ?? ''), page);
    assert.equal(await find(refusalIds[3] ?? ''), `/console/verifications/${refusalIds[3]}`);
    const { text } = await reader.get(await find('no-such-reference'));
    assert.match(text, /Nothing like this was found/);
  });

  test('shows no whole recipient on any page, whatever is asked', async () => {
    for (const path of [
      '',
      '?state=verified',
      '?state=refused',
      `/${past[0]?.verification.id}`,
      `/${refusalIds[0]}`,
    ]) {
      const { text } = await reader.get(`/console/verifications${path}`);
      assert.ok(!/\+?3161100\d{4}/.test(text), path);
    }
  });

  test('takes whatever stands in the address for what it is: nothing', async () => {
    for (const query of [
      '?before=zz&state=x&country=%27&from=now',
      '?reason=%25&channel=<b>',
      '?project=%00&whom=1',
    ]) {
      const { status, text } = await reader.get(`/console/verifications${query}`);
      assert.equal(status, 200, query);
      assert.ok(!text.includes('<b>"'));
    }
  });
});
