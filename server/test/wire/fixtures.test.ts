import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { type Fixture, MADE_UP, readFixtures } from './fixtures.ts';
import { type Answer, assertEnvelope, assertHeaders, codeOf, messageOf, send, until } from './wire.ts';

/** What a case of the contract stands on: a real verification in place of the made-up one. */
type Known = { readonly id?: string; readonly messageId?: string; readonly code?: string };
type World = { readonly roost: StartedRoost; create(body: object): Promise<Required<Known>> };
type Expected = { readonly status: number; readonly body?: unknown };
type Told = { readonly answer: Answer; readonly known: Known; readonly world: World; readonly case: Fixture };

type Story = {
  /** The ruling of the design by which Roost answers otherwise than upstream does. */
  readonly ruling?: string;
  readonly arrange?: (world: World) => Promise<Known>;
  /** The answer by that ruling; the fixture's own when it is left out. */
  readonly answer?: (fixture: Fixture) => Expected;
  readonly afterwards?: (told: Told) => Promise<void>;
};

const SMS = { recipient: '31612345678' };
const EMAIL = { type: 'email', recipient: 'user@example.com', originator: 'verify@example.org' };
const sms = (world: World) => world.create(SMS);
const NOTHING_ARRANGED: Story = {};

async function emailMessage(world: World, recipient: string, settled: string): Promise<Known> {
  const known = await world.create({ ...EMAIL, recipient });
  await until(`the message is ${settled}`, async () => {
    return (await messageOf(world.roost, known.id, 'live')).state === settled;
  });
  return known;
}

const isGone = async ({ world, known }: Told) =>
  assert.equal((await authorized(world.roost, 'GET', `/verify/${known.id}`)).status, 404);

/** How each case of the contract that concerns Verify, keys and errors comes about. */
const STORIES: { readonly [name: string]: Story } = {
  'verify-create-json-minimal': NOTHING_ARRANGED,
  'verify-create-json-all': NOTHING_ARRANGED,
  'verify-create-form-ruby': NOTHING_ARRANGED,
  'verify-create-php-query-and-json': NOTHING_ARRANGED,
  'verify-create-go-datacoding-camel': NOTHING_ARRANGED,
  'verify-create-java-enum-names': NOTHING_ARRANGED,
  'verify-create-csharp-defaults': NOTHING_ARRANGED,
  'verify-create-dart-nulls': NOTHING_ARRANGED,
  'verify-create-tts': NOTHING_ARRANGED,
  'verify-create-email': NOTHING_ARRANGED,
  'verify-create-email-php-query': NOTHING_ARRANGED,
  'verify-create-return-token': {
    ruling: '`returnToken` is honoured for test keys only; an answer to a live key never holds a code',
    answer: ({ response }) => {
      const { token: _, ...body } = response.body as { token: string };
      return { ...response, body };
    },
    afterwards: async ({ world, case: fixture }) => {
      const headers = { ...fixture.request.headers, Authorization: `AccessKey ${MADE_UP.testKey}` };
      const answer = await replay(world.roost, { ...fixture.request, headers }, {});
      const { token } = JSON.parse(answer.text);
      assert.match(token, /^\d{6}$/);
      const body = { ...(fixture.response.body as object), token };
      assertSame(answer, { status: 201, body }, world.roost, {});
    },
  },
  'verify-create-missing-recipient': NOTHING_ARRANGED,
  'verify-create-invalid-recipient': NOTHING_ARRANGED,
  'verify-create-invalid-originator': NOTHING_ARRANGED,
  'verify-create-two-errors': NOTHING_ARRANGED,
  'verify-read': { arrange: sms },
  'verify-token-correct': { arrange: sms },
  'verify-token-wrong': {
    arrange: async (world) => {
      const known = await sms(world);
      return known.code === '000000' ? sms(world) : known;
    },
  },
  'verify-token-expired': {
    arrange: async (world) => {
      const known = await sms(world);
      world.roost.clock.advance(30_000);
      return known;
    },
  },
  'verify-token-already-processed': {
    arrange: async (world) => {
      const known = await sms(world);
      const first = await authorized(world.roost, 'GET', `/verify/${known.id}?token=${known.code}`);
      assert.equal(first.status, 200);
      return known;
    },
  },
  'verify-token-empty': {
    ruling: '`?token=` present but empty is refused as invalid, never a plain read (contract, R18)',
    arrange: (world) => world.create(EMAIL),
    answer: ({ recommended }) => {
      assert.ok(recommended, 'the fixture recommends another answer than upstream gave');
      return recommended;
    },
  },
  'verify-default-one-attempt': {
    ruling: '`maxAttempts` defaults to 3, not 1',
    arrange: async (world) => {
      const known = await sms(world);
      const guess = () => authorized(world.roost, 'GET', `/verify/${known.id}?token=000000`);
      const status = async () =>
        JSON.parse((await authorized(world.roost, 'GET', `/verify/${known.id}`)).text).status;
      for (const left of ['2', '1', '0']) {
        assert.equal(await status(), 'sent');
        const answer = await guess();
        assert.equal(answer.headers['roost-attempts-left'], left);
        assert.equal(assertEnvelope(answer.text)[0]?.description, 'The token is invalid.');
      }
      assert.equal(await status(), 'failed');
      return known;
    },
  },
  'verify-not-found': NOTHING_ARRANGED,
  'verify-delete': { arrange: sms, afterwards: isGone },
  'verify-delete-python-body': { arrange: sms, afterwards: isGone },
  'verify-delete-php-empty-json': { arrange: sms, afterwards: isGone },
  'verify-delete-not-found': NOTHING_ARRANGED,
  'verify-email-message': {
    arrange: (world) => emailMessage(world, 'user@example.com', 'delivered'),
  },
  'verify-email-message-failed': {
    ruling: 'the reason is told in words of our own, since upstream spoke about its own channels',
    arrange: (world) => emailMessage(world, 'refused@sandbox.example', 'failed'),
    answer: ({ response }) => ({
      ...response,
      body: { ...(response.body as object), failure_description: 'the sandbox refuses this recipient' },
    }),
  },
  'verify-email-message-not-found': NOTHING_ARRANGED,
  'verify-method-override-delete': {
    ruling: 'there is no `_method` override: the request is the read that it looks like',
    arrange: sms,
    answer: () => ({ status: 200, body: fixture('verify-read').response.body }),
    afterwards: async ({ world, known }) =>
      assert.equal((await authorized(world.roost, 'GET', `/verify/${known.id}`)).status, 200),
  },
  'verify-test-key-not-stored': {
    ruling: 'what a test key makes is stored and checkable, and invisible to live keys',
    arrange: async (world) => {
      const step = fixture('verify-test-key-not-stored').steps?.[0];
      assert.ok(step);
      const headers = { ...step.request.headers, 'Content-Type': 'application/json' };
      const answer = await replay(world.roost, { ...step.request, headers, encoding: 'json' }, {});
      assertSame(answer, step.response, world.roost, {});
      const { id, messages } = JSON.parse(answer.text);
      assert.equal((await authorized(world.roost, 'GET', `/verify/${id}`)).status, 404, 'for the live key');
      return { id, messageId: messages.id, code: await codeOf(world.roost, id, 'test') };
    },
    answer: () => ({ status: 200, body: fixture('verify-read').response.body }),
    afterwards: async ({ world, known }) => {
      const path = `/verify/${known.id}`;
      const test = { headers: { Authorization: `AccessKey ${MADE_UP.testKey}` } };
      const checked = await send(world.roost.url, {
        method: 'GET',
        path: `${path}?token=${known.code}`,
        ...test,
      });
      assert.equal(JSON.parse(checked.text).status, 'verified');
      assert.equal((await send(world.roost.url, { method: 'DELETE', path, ...test })).status, 204);
    },
  },
  'auth-wrong-key': NOTHING_ARRANGED,
  'auth-no-header': NOTHING_ARRANGED,
  'auth-bearer': NOTHING_ARRANGED,
  'auth-query-parameter': {
    ruling: '`access_key` in a query is refused: keys do not belong in URLs',
    answer: () => fixture('auth-wrong-key').response,
  },
};

/** The cases from here on are told in rest.test.ts. */
const FIRST_OF_THE_REST = 38;

const fixtures = readFixtures();

function fixture(name: string): Fixture {
  const found = fixtures.find((each) => each.case === name);
  assert.ok(found, `there is no fixture ${name}`);
  return found;
}

test('every case of the wire contract is replayed here or in rest.test.ts', () => {
  assert.equal(fixtures.length, 56);
  const mine = fixtures.filter(({ number }) => number < FIRST_OF_THE_REST);
  assert.deepEqual(mine.map(({ case: name }) => name).sort(), Object.keys(STORIES).sort());
});

for (const each of fixtures) {
  const story = STORIES[each.case];
  if (story === undefined) continue;
  const why = story.ruling === undefined ? 'as the contract says' : `as ruled: ${story.ruling}`;
  test(`${each.file.slice(0, -5)} is answered ${why}`, async (t) => {
    const world = await openWorld(await startRoost(t));
    const known = (await story.arrange?.(world)) ?? {};
    const answer = await replay(world.roost, each.request, known);
    const expected = story.answer?.(each) ?? each.response;
    if (story.ruling !== undefined && each.number !== 23) {
      assert.notDeepEqual(expected, each.response, 'a ruling must change something');
    }
    assertSame(answer, expected, world.roost, known);
    await story.afterwards?.({ answer, known, world, case: each });
  });
}

async function openWorld(roost: StartedRoost): Promise<World> {
  await roost.roost.provision({ live: MADE_UP.liveKey, test: MADE_UP.testKey });
  return {
    roost,
    async create(body) {
      const answer = await authorized(roost, 'POST', '/verify', JSON.stringify(body));
      assert.equal(answer.status, 201, answer.text);
      const { id, messages } = JSON.parse(answer.text);
      return { id, messageId: messages.id, code: await codeOf(roost, id, 'live') };
    },
  };
}

function authorized(roost: StartedRoost, method: string, path: string, body?: string): Promise<Answer> {
  const headers = { Authorization: `AccessKey ${MADE_UP.liveKey}` };
  return send(roost.url, { method, path, headers, body });
}

/** Sends the request of a fixture to the letter, the real ids and code in place of the made-up ones. */
function replay(roost: StartedRoost, sent: Fixture['request'], known: Known): Promise<Answer> {
  const query = new URLSearchParams(sent.query).toString();
  const path = realised(query === '' ? sent.path : `${sent.path}?${query}`, known);
  const headers = Object.entries(sent.headers ?? {}).filter(([, value]) => value !== null);
  return send(roost.url, {
    method: sent.method,
    path,
    headers: Object.fromEntries(headers) as { [name: string]: string },
    body: bodyText(sent),
  });
}

function bodyText({ body, encoding }: Fixture['request']): string | undefined {
  if (body === null || body === undefined) return undefined;
  return encoding === 'json' ? JSON.stringify(body) : String(body);
}

function realised(text: string, { id, messageId, code }: Known): string {
  return text
    .replaceAll(MADE_UP.id, id ?? MADE_UP.id)
    .replaceAll(MADE_UP.messageId, messageId ?? MADE_UP.messageId)
    .replace(`token=${MADE_UP.code}`, `token=${code ?? MADE_UP.code}`);
}

/** Equal to the byte once base, ids and dates are the real ones; the life of the code must be the same. */
function assertSame(answer: Answer, expected: Expected, roost: StartedRoost, known: Known): void {
  assert.equal(answer.status, expected.status, answer.text);
  assertHeaders(answer.headers, answer.text);
  if (expected.body === null || expected.body === undefined) {
    assert.equal(answer.text, '');
    return;
  }
  const got = JSON.parse(answer.text);
  let text = JSON.stringify(expected.body).replaceAll('{base}', roost.url);
  text = realised(text, { id: got.id, messageId: got.messages?.id, ...known });
  const { createdDatetime, validUntilDatetime } = expected.body as { [name: string]: string };
  if (createdDatetime !== undefined && validUntilDatetime !== undefined) {
    const life = Date.parse(validUntilDatetime) - Date.parse(createdDatetime);
    assert.equal(Date.parse(got.validUntilDatetime) - Date.parse(got.createdDatetime), life);
    assert.ok(Math.abs(Date.parse(got.createdDatetime) - roost.clock()) < 60_000);
    assert.match(got.createdDatetime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    text = text
      .replace(createdDatetime, got.createdDatetime)
      .replace(validUntilDatetime, () => got.validUntilDatetime);
  }
  assert.equal(answer.text, text);
}
