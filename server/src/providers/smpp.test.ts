import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import smpp from 'smpp';
import {
  CODE,
  NOW_MS,
  NUMBER,
  never,
  outbound,
  problemsOf,
  soonAfter,
} from '../../test/providers/samples.ts';
import { type Given, refused, saying, started } from '../../test/providers/smpp-support.ts';
import type { Smsc } from '../../test/providers/smsc.ts';
import type { Datacoding, Outbound } from '../domain/message.ts';
import { countSegments } from '../domain/segments.ts';

/** What came of one message at the SMSC. */
async function submittedBy(t: TestContext, given: Given, message: Outbound): Promise<Smsc['submitted']> {
  const { smsc, provider } = await started(t, given);
  assert.equal((await provider.send(message, never())).kind, 'accepted');
  return smsc.submitted;
}

describe('a text, as a foreign SMSC reads it', () => {
  const cases: [
    what: string,
    text: string,
    datacoding: Datacoding,
    given: Given,
    coding: number,
    read: string,
  ][] = [
    ['GSM-7', `Your code is ${CODE} @£¥`, 'plain', {}, 0, `Your code is ${CODE} @£¥`],
    ['GSM-7 with its extension table', `{${CODE}} [€] ~|^\\`, 'plain', {}, 0, `{${CODE}} [€] ~|^\\`],
    ['GSM-7 with a question mark for what it cannot say', `Ваш ${CODE}`, 'plain', {}, 0, `??? ${CODE}`],
    ['UCS-2 where it must be', `Ваш код ${CODE} 😀`, 'auto', {}, 8, `Ваш код ${CODE} 😀`],
    ['UCS-2 where it is asked for', CODE, 'unicode', {}, 8, CODE],
    [
      'ISO 8859-1 for an SMSC that has it',
      `Su código ${CODE}`,
      'auto',
      { alphabet: 'latin1' },
      3,
      `Su código ${CODE}`,
    ],
    ['UCS-2 for what ISO 8859-1 cannot say', `${CODE} €`, 'plain', { alphabet: 'latin1' }, 8, `${CODE} €`],
  ];
  for (const [what, text, datacoding, given, coding, read] of cases) {
    test(`is ${what}`, async (t) => {
      const [one, ...more] = await submittedBy(t, given, saying(text, datacoding));
      assert.deepEqual([one?.dataCoding, one?.text, more.length], [coding, read, 0]);
    });
  }

  test('is shown at once as flash, in every alphabet', async (t) => {
    const { smsc, provider } = await started(t);
    for (const text of [CODE, `код ${CODE}`]) {
      await provider.send({ ...saying(text), channel: 'flash' }, never());
    }
    assert.deepEqual(
      smsc.submitted.map(({ dataCoding }) => dataCoding),
      [0x10, 0x18],
    );
  });

  test('whatever it says and however long it is, arrives whole: joined by its headers, in as many parts as were counted', async (t) => {
    const { smsc, provider } = await started(t);
    const letter = fc.constantFrom(...'abc €{}[]~^\\|@ΔéÄñ\n', 'я', '中', '😀', 'ç');
    const plain = fc.constantFrom(...'abc €{}[]~^\\|@ΔéÄñ\n');
    const text = fc.oneof(
      fc.string({ unit: plain, minLength: 1, maxLength: 500 }),
      fc.string({ unit: letter, minLength: 1, maxLength: 300 }),
    );
    const property = fc.asyncProperty(text, async (said) => {
      smsc.submitted.length = 0;
      assert.equal((await provider.send(saying(said), never())).kind, 'accepted');
      const parts = smsc.submitted;
      assert.equal(parts.map((part) => part.text).join(''), said);
      assert.equal(parts.length, countSegments(said, 'auto').segments);
      if (parts.length === 1) return assert.equal(parts[0]?.joiner, null);
      const [reference] = parts[0]?.joiner ?? [];
      assert.deepEqual(
        parts.map(({ joiner }) => joiner),
        parts.map((_, index) => [reference, parts.length, index + 1]),
      );
      assert.deepEqual(new Set(parts.map(({ esmClass }) => esmClass)), new Set([0x40]));
    });
    await fc.assert(property, { numRuns: 150 });
  });

  test('is in the septets of the foreign package, for every character that it knows', async (t) => {
    const all = Array.from({ length: 0x2100 }, (_, point) => String.fromCharCode(point)).filter(
      (character) => countSegments(character, 'plain').lost.length === 0,
    );
    const gsm = smpp.encodings.ASCII;
    assert.equal(all.length, 137);
    const [one] = await submittedBy(t, { longMessages: 'payload' }, saying(all.join(''), 'plain'));
    assert.equal(one?.text, all.join(''));
    assert.equal(gsm?.decode(gsm.encode(all.join(''))), all.join(''));
  });

  test('goes whole as message_payload where that is set, and in short_message where it fits', async (t) => {
    const { smsc, provider } = await started(t, { longMessages: 'payload' });
    const long = `код ${CODE} `.repeat(40);
    await provider.send(saying(long), never());
    await provider.send(saying(`код ${CODE}`), never());
    assert.deepEqual(
      smsc.submitted.map(({ isPayload, text, joiner }) => [isPayload, text, joiner]),
      [
        [true, long, null],
        [false, `код ${CODE}`, null],
      ],
    );
  });
});

describe('a message', () => {
  const senders: [originator: string, given: Given, ton: number, npi: number, address: string][] = [
    ['Roost Bank', {}, 5, 0, 'Roost Bank'],
    ['31612345678', {}, 1, 1, '31612345678'],
    ['12345', {}, 3, 0, '12345'],
    ['12345', { shortCode: '0/1' }, 0, 1, '12345'],
    ['Roost', { originator: '+3197010' }, 1, 1, '3197010'],
  ];
  for (const [originator, given, ...source] of senders) {
    test(`from ${originator} ${JSON.stringify(given)} has type and plan of number ${source[0]}/${source[1]}`, async (t) => {
      const [one] = await submittedBy(t, given, outbound('sms', { originator }));
      assert.deepEqual(one?.source, source);
      assert.deepEqual(one?.destination, [1, 1, NUMBER.slice(1)]);
    });
  }

  test('is dropped by the network when its code expires', async (t) => {
    const leftMs = 3_723_000;
    const [one] = await submittedBy(t, {}, outbound('sms', { expiresAtMs: NOW_MS + leftMs }));
    const until = one?.validity;
    assert.ok(until instanceof Date);
    assert.ok(Math.abs(until.getTime() - Date.now() - leftMs) < 10_000);
  });

  test('is not sent after its code has expired', async (t) => {
    const { smsc, provider } = await started(t);
    const outcome = await provider.send(outbound('sms', { expiresAtMs: NOW_MS }), never());
    assert.deepEqual(outcome, { kind: 'refused', reason: 'the code expired before it could be sent' });
    assert.equal(smsc.submitted.length, 0);
  });

  const answers: [status: number, what: string, outcome: object][] = [
    [0x58, 'throttled', { kind: 'busy', retryAfterMs: 1_000 }],
    [0x14, 'a full queue', { kind: 'busy', retryAfterMs: null }],
    [0x08, 'a system error', { kind: 'busy', retryAfterMs: null }],
    [0x0b, 'a wrong number', refused('ESME_RINVDSTADR (0x0000000B)')],
    [0x45, 'a failed submit', refused('ESME_RSUBMITFAIL (0x00000045)')],
    [0x4ff, 'a code of its own', refused('0x000004FF')],
  ];
  for (const [status, what, outcome] of answers) {
    test(`that is answered by ${what} is ${JSON.stringify(outcome)}`, async (t) => {
      const { smsc, provider } = await started(t);
      smsc.answers.push(status);
      assert.deepEqual(await provider.send(outbound('sms'), never()), outcome);
    });
  }

  test('of which a part is refused is refused, and no further part is sent', async (t) => {
    const { smsc, provider } = await started(t);
    smsc.answers.push(0, 0x0b);
    assert.equal((await provider.send(saying('x'.repeat(400)), never())).kind, 'refused');
    assert.equal(smsc.submitted.length, 2);
  });

  test('waits for a second after the SMSC has said that it is too much', async (t) => {
    const { smsc, provider } = await started(t);
    smsc.answers.push(0x58);
    await provider.send(outbound('sms'), never());
    const startMs = performance.now();
    assert.deepEqual(await provider.send(outbound('sms'), AbortSignal.timeout(200)), {
      ...{ kind: 'busy', retryAfterMs: null },
    });
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'accepted');
    assert.ok(performance.now() - startMs > 900);
    assert.equal(smsc.submitted.length, 2);
  });

  test('is unknown when no answer comes in time, and when the connection breaks before it', async (t) => {
    const { smsc, provider } = await started(t);
    smsc.answers.push(null, null);
    const isOut = () => smsc.submitted.length === 1;
    assert.equal((await provider.send(outbound('sms'), soonAfter(t, isOut))).kind, 'unknown');
    const broken = provider.send(outbound('sms'), never());
    while (smsc.submitted.length < 2) await sleep(5);
    smsc.sessions[0]?.destroy();
    assert.equal((await broken).kind, 'unknown');
    assert.equal(smsc.submitted.length, 2, 'and it is not sent again');
  });

  test('is busy when there is no room in time, since nothing of it left', async (t) => {
    const { smsc, provider } = await started(t, { window: 1 });
    smsc.answers.push(null);
    const late = new AbortController();
    const first = provider.send(outbound('sms'), late.signal);
    while (smsc.submitted.length < 1) await sleep(5);
    assert.deepEqual(await provider.send(outbound('sms'), AbortSignal.timeout(200)), {
      ...{ kind: 'busy', retryAfterMs: null },
    });
    late.abort();
    assert.equal((await first).kind, 'unknown');
    assert.equal(smsc.submitted.length, 1);
    const later = await provider.send(outbound('sms'), AbortSignal.timeout(200));
    assert.equal(later.kind, 'busy', 'a place is not free before its answer');
  });

  test('is sent at the set pace', async (t) => {
    const { provider } = await started(t, { perSecond: 20 });
    const startMs = performance.now();
    await Promise.all(Array.from({ length: 30 }, () => provider.send(outbound('sms'), never())));
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs > 400 && tookMs < 15_000, `20 at once and 10 more took ${tookMs} ms`);
  });
});

test('a wrong setting is told in one line that says what would be right, and never the password', () => {
  assert.deepEqual(
    problemsOf('smpp', { host: 'http://x', systemId: 'roost', password: 'päss', window: 0, tls: 'yes' }),
    [
      'providers.gw.host: set a host name or an address',
      'providers.gw.tls: set one of on, off',
      'providers.gw.password: set the password of the account',
      'providers.gw.window: set a whole number from 1 to 1000',
    ],
  );
});
