import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { freePort } from '../../../testing/free-port.ts';
import type { Channel, Outbound, SendOutcome } from '../../src/domain/message.ts';
import type { ProviderDeps } from '../../src/providers/deps.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { type Behaviour, type Spoken, startGateway, type Taken } from './gateway.ts';
import { CODE, DEPS, NOW_MS, NUMBER, never, outbound, receipt, soonAfter } from './samples.ts';

/** What the contract needs to know of a provider. */
export type Specimen = {
  readonly name: string;
  readonly channels: readonly Channel[];
  /** The provider with its base URL, its credentials good or not. */
  make(baseUrl: string, credentials: 'good' | 'bad', deps: ProviderDeps): Provider;
  /** The vendor as its documents describe it: fails the test at a call that they do not allow. */
  readonly vendor: (taken: Taken) => Spoken;
  /** The reference that `vendor` gives. */
  readonly reference: string;
  /** The vendor's documented refusal of a message, which says the given text wherever it says any. */
  refusal(said: string): Spoken;
  readonly busy: Spoken;
  /** Whether `check` can be asked of it. */
  readonly hasCheck: boolean;
  /** What must not be told, besides code and recipient. */
  readonly secrets: readonly string[];
};

const SOON_MS = 300;
/** For what comes at once: only a machine that is very busy is so slow. */
const PATIENT_MS = 30_000;
const MOST_CONNECTIONS = 256;

/** What every provider over HTTP does, whatever happens to it. */
export function providerContract(specimen: Specimen): void {
  const { name, channels } = specimen;
  const [channel = 'sms'] = channels;
  const it = (guarantee: string, run: (t: TestContext) => Promise<void>) =>
    test(`${name}: ${guarantee}`, run);

  const set = async (t: TestContext, behaviour: Behaviour, credentials: 'good' | 'bad' = 'good') => {
    const gateway = await startGateway(t, behaviour);
    const provider = made(t, gateway.url, credentials);
    return { gateway, provider };
  };
  const made = (t: TestContext, url: string, credentials: 'good' | 'bad' = 'good', deps = DEPS) => {
    const provider = specimen.make(url, credentials, deps);
    t.after(() => provider.close?.(AbortSignal.abort()));
    return provider;
  };
  const outcomeOf = async (t: TestContext, behaviour: Behaviour, message: Partial<Outbound> = {}) => {
    const { provider } = await set(t, behaviour);
    const outcome = await provider.send(outbound(channel, message), AbortSignal.timeout(PATIENT_MS));
    assertDiscreet(outcome, specimen);
    return outcome;
  };

  it('hands over by each of its channels as the documents say', async (t) => {
    const { gateway, provider } = await set(t, specimen.vendor);
    assert.deepEqual(provider.channels, channels);
    for (const each of channels) {
      const outcome = await provider.send(outbound(each), never());
      assert.equal(outcome.kind, 'accepted', `${each}: ${JSON.stringify(outcome)}`);
      assert.equal(outcome.kind === 'accepted' && outcome.reference, specimen.reference);
    }
    assert.equal(gateway.taken.length, channels.length, 'one call a message');
  });

  it('hands over without an address for receipts', async (t) => {
    const { provider } = await set(t, specimen.vendor);
    const outcome = await provider.send(outbound(channel, { receiptUrl: null }), never());
    assert.equal(outcome.kind, 'accepted');
  });

  it('says refused for a refusal, with a reason', async (t) => {
    const outcome = await outcomeOf(t, () => specimen.refusal('nothing'));
    assert.equal(outcome.kind, 'refused');
    assert.ok(outcome.kind === 'refused' && outcome.reason.length > 10);
  });

  it('tells nothing of code, recipient and secrets, even where the answer holds them', async (t) => {
    const said = [CODE, NUMBER, NUMBER.slice(1), ...specimen.secrets].join(' ');
    await outcomeOf(t, () => specimen.refusal(said));
    await outcomeOf(t, () => ({ status: 500, body: said }));
    for (const word of [CODE, NUMBER, NUMBER.slice(1)]) {
      await outcomeOf(t, () => specimen.refusal(word));
      const accepted = await outcomeOf(t, (taken) =>
        JSON.parse(JSON.stringify(specimen.vendor(taken)).replaceAll(specimen.reference, word)),
      );
      assert.notEqual(accepted.kind, 'refused');
    }
  });

  it('says busy, and for how long where that is said', async (t) => {
    const plain = await outcomeOf(t, () => specimen.busy);
    assert.deepEqual(plain, { kind: 'busy', retryAfterMs: null });
    const seconds = await outcomeOf(t, () => ({ ...specimen.busy, headers: { 'retry-after': '7' } }));
    assert.deepEqual(seconds, { kind: 'busy', retryAfterMs: 7_000 });
    const date = new Date(NOW_MS + 9_000).toUTCString();
    const moment = await outcomeOf(t, () => ({ ...specimen.busy, headers: { 'retry-after': date } }));
    assert.deepEqual(moment, { kind: 'busy', retryAfterMs: 9_000 });
    // None of these is a time to wait: without one of ours, a gateway could have us ask without a pause.
    for (const nonsense of ['soon', '0', '-5', '', new Date(NOW_MS - 1_000).toUTCString()]) {
      const outcome = await outcomeOf(t, () => ({ ...specimen.busy, headers: { 'retry-after': nonsense } }));
      assert.deepEqual(outcome, { kind: 'busy', retryAfterMs: null });
    }
  });

  it('says busy where nobody listens, since nothing went out', async (t) => {
    const provider = made(t, await freeAddress());
    assert.deepEqual(await provider.send(outbound(channel), never()), { kind: 'busy', retryAfterMs: null });
  });

  it('says unknown when the answer does not come in time', async (t) => {
    const { gateway, provider } = await set(t, () => undefined);
    const startedMs = performance.now();
    const isTaken = () => gateway.taken.length === 1;
    const outcome = await provider.send(outbound(channel), soonAfter(t, isTaken));
    assert.equal(outcome.kind, 'unknown');
    assert.ok(performance.now() - startedMs < SOON_MS + 10_000);
    assert.equal(gateway.taken.length, 1);
  });

  it('says unknown when the connection breaks, before or within the answer', async (t) => {
    const before = await outcomeOf(t, (_, response) => void response.socket?.destroy());
    assert.equal(before.kind, 'unknown');
    const within = await outcomeOf(t, (_, response) => {
      response.writeHead(201, { 'content-length': '500' });
      response.write('{"id":');
      setTimeout(() => response.socket?.resetAndDestroy(), 20);
      return undefined;
    });
    assert.equal(within.kind, 'unknown');
  });

  it('says unknown for an answer that trickles', async (t) => {
    const { gateway, provider } = await set(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      trickle(response);
      return undefined;
    });
    const isTaken = () => gateway.taken.length === 1;
    const outcome = await provider.send(outbound(channel), soonAfter(t, isTaken));
    assertDiscreet(outcome, specimen);
    assert.equal(outcome.kind, 'unknown');
  });

  it('says unknown for success that cannot be read', async (t) => {
    for (const status of [200, 201, 202]) {
      for (const body of [
        '',
        '{"',
        '<html>Welcome</html>',
        '[]',
        'null',
        '{"id":{}}',
        '\u0000\u0001',
        '"ok"',
      ]) {
        const outcome = await outcomeOf(t, () => ({ status, body }));
        assert.equal(outcome.kind, 'unknown', `${status} ${body}: ${JSON.stringify(outcome)}`);
      }
    }
  });

  it('makes something of whatever is answered, and takes nothing but success for success', async (t) => {
    const { gateway, provider } = await set(t, specimen.vendor);
    await provider.send(outbound(channel), never());
    const real = JSON.stringify(specimen.vendor(gateway.taken[0] ?? assert.fail()).body);
    const body = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.string({ maxLength: 300 }),
      // The real answer, with a piece of it replaced.
      fc.tuple(fc.nat(real.length), fc.nat(20), fc.string({ maxLength: 20 })).map(([from, length, piece]) => {
        return real.slice(0, from) + piece + real.slice(from + length);
      }),
    );
    const status = fc.oneof(
      fc.constantFrom(200, 201, 202, 400, 422, 429, 500, 503),
      fc.integer({ min: 200, max: 599 }),
    );
    await fc.assert(
      fc.asyncProperty(status, body, async (answered, text) => {
        const bodiless = answered === 204 || answered === 304;
        gateway.behave(() => (bodiless ? { status: answered } : { status: answered, body: text }));
        const outcome = await provider.send(outbound(channel), never());
        assertDiscreet(outcome, specimen);
        assert.ok(outcome.kind !== 'accepted' || answered < 300, `${answered} ${text}`);
      }),
      { numRuns: 80 },
    );
  });

  it('does not read an answer of megabytes', async (t) => {
    let writtenBytes = 0;
    const outcome = await outcomeOf(t, (_, response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      const part = Buffer.alloc(65_536, 'x');
      const write = () => {
        while (!response.destroyed && writtenBytes < 200_000_000) {
          writtenBytes += part.length;
          if (!response.write(part)) return;
        }
      };
      response.on('drain', write);
      write();
      return undefined;
    });
    assert.equal(outcome.kind, 'unknown');
    assert.ok(writtenBytes < 20_000_000, `${writtenBytes} bytes were taken`);
  });

  it('follows no redirect', async (t) => {
    const other = await startGateway(t, specimen.vendor);
    for (const status of [301, 302, 303, 307, 308]) {
      const outcome = await outcomeOf(t, () => ({ status, headers: { location: `${other.url}/elsewhere` } }));
      assert.equal(outcome.kind, 'refused');
    }
    assert.equal(other.taken.length, 0);
  });

  it('says refused for wrong credentials', async (t) => {
    const { provider } = await set(t, specimen.vendor, 'bad');
    const outcome = await provider.send(outbound(channel), never());
    assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
    assertDiscreet(outcome, specimen);
  });

  it('says unknown for faults of the gateway', async (t) => {
    for (const status of [500, 502, 504, 599]) {
      for (const body of ['', '<h1>Bad Gateway</h1>', {}]) {
        assert.equal((await outcomeOf(t, () => ({ status, body }))).kind, 'unknown');
      }
    }
  });

  it('sends nothing for a signal that has fired', async (t) => {
    const { gateway, provider } = await set(t, specimen.vendor);
    const outcome = await provider.send(outbound(channel), AbortSignal.abort());
    assert.deepEqual(outcome, { kind: 'busy', retryAfterMs: null });
    assert.equal(gateway.taken.length, 0);
  });

  it('sends nothing once the code has expired', async (t) => {
    const { gateway, provider } = await set(t, specimen.vendor);
    for (const expiresAtMs of [NOW_MS, NOW_MS - 1]) {
      const outcome = await provider.send(outbound(channel, { expiresAtMs }), never());
      assert.equal(outcome.kind, 'refused');
    }
    assert.equal(gateway.taken.length, 0);
  });

  it('gives up when the code expires, though nobody told it to', async (t) => {
    const { provider } = await set(t, () => undefined);
    const startedMs = performance.now();
    const outcome = await provider.send(outbound(channel, { expiresAtMs: NOW_MS + SOON_MS }), never());
    assert.equal(outcome.kind, 'unknown');
    assert.ok(performance.now() - startedMs < SOON_MS + 10_000);
  });

  it('sends nothing when a connection comes free only after the expiry', async (t) => {
    const gateway = await startGateway(t, (_, response) => {
      setTimeout(() => response.writeHead(500).end(), 2 * SOON_MS);
      return undefined;
    });
    const startMs = performance.now();
    const nowMs = () => NOW_MS + Math.floor(performance.now() - startMs);
    const provider = made(t, gateway.url, 'good', { ...DEPS, nowMs });
    const late = (lifeMs: number) =>
      provider.send(outbound(channel, { expiresAtMs: NOW_MS + lifeMs }), never());
    const first = Array.from({ length: MOST_CONNECTIONS }, () => late(60_000));
    const waiting = Array.from({ length: 44 }, () => late(SOON_MS));
    for (const { kind } of await Promise.all(waiting)) assert.equal(kind, 'refused');
    await Promise.all(first);
    assert.equal(gateway.taken.length, MOST_CONNECTIONS);
  });

  it('lets go of its connections', async (t) => {
    const { provider } = await set(t, specimen.vendor);
    assert.equal((await provider.send(outbound(channel), never())).kind, 'accepted');
    await provider.close?.(AbortSignal.timeout(1_000));
  });

  it('reads whatever comes as a receipt without a fault', async (t) => {
    const { provider } = await set(t, specimen.vendor);
    const { receipts } = provider;
    if (receipts === undefined) return;
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"data":null}',
      'status=%E0%A4%A',
      'x'.repeat(100_000),
      '\u0000',
    ]) {
      for (const url of ['https://verify.example.com/receipts/gw?status=%E0', 'not an address']) {
        const reading = receipts.read(receipt({ text, url, headers: { authorization: 'Bearer a.b.c' } }));
        assert.notEqual(reading.kind, 'receipt', `${text.slice(0, 20)}: ${JSON.stringify(reading)}`);
      }
    }
  });

  if (specimen.hasCheck) {
    it('tells good credentials from bad ones without sending anything', async (t) => {
      const good = await set(t, specimen.vendor);
      assert.equal((await good.provider.check?.(never()))?.kind, 'good');
      const bad = await set(t, specimen.vendor, 'bad');
      const outcome = await bad.provider.check?.(never());
      assert.equal(outcome?.kind, 'bad');
      for (const secret of specimen.secrets) assert.ok(!JSON.stringify(outcome).includes(secret));
      const gone = made(t, await freeAddress());
      assert.equal((await gone.check?.(never()))?.kind, 'bad');
    });
  }
}

function assertDiscreet(outcome: SendOutcome, { secrets }: Specimen): void {
  const told = JSON.stringify(outcome);
  for (const word of [CODE, NUMBER, NUMBER.slice(1), ...secrets]) {
    assert.ok(!told.includes(word), `${told} tells ${word}`);
  }
}

function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
}

/** An address where nobody listens. */
const freeAddress = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;
