import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../../../testing/in-time.ts';
import { VOICE_LANGUAGES } from '../../src/domain/languages.ts';
import { readAssets } from '../../src/http/assets.ts';
import { digitGroups, languageName } from '../../src/http/sandbox/words.ts';
import { AUTHORIZATION, aMessage, openDoor } from './memory-inbox.ts';

const HTML = { accept: 'text/html,application/xhtml+xml' };
const page = async (url: string) => (await fetch(url, { headers: HTML })).text();

describe('every answer to a browser', () => {
  test('forbids inline code, framing, sniffing and keeping', async (t) => {
    const { url } = await openDoor(t);
    const style = /href="(\/assets\/[^"]+\.css)"/.exec(await page(`${url}/sandbox`))?.[1] ?? 'none';
    for (const path of [
      '/',
      '/sandbox',
      '/sandbox/fragment',
      '/sandbox/events',
      '/sandbox/messages',
      style,
      '/assets/x/y',
    ]) {
      const answer = await fetch(url + path, { headers: HTML });
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.doesNotMatch(policy, /unsafe|\*|data:|http/, path);
      for (const rule of [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]) {
        assert.ok(policy.includes(rule), `${path}: ${rule}`);
      }
      assert.ok(policy.includes("form-action 'self'"));
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin', path);
      assert.equal(answer.headers.get('cross-origin-opener-policy'), 'same-origin', path);
      assert.ok(answer.headers.has('permissions-policy'), path);
      assert.equal(answer.headers.get('server'), null);
      assert.equal(answer.headers.get('x-powered-by'), null);
      if (!path.startsWith('/assets')) assert.equal(answer.headers.get('cache-control'), 'no-store', path);
      await answer.body?.cancel();
    }
  });

  test('holds no inline script, style or event handler', async (t) => {
    const { url, inbox } = await openDoor(t);
    inbox.put([aMessage(), aMessage({ channel: 'email', recipient: 'ann@example.com' })]);
    for (const path of ['/', '/sandbox', '/sandbox?recipient=ann@example.com', '/sandbox?recipient=nobody']) {
      const markup = await page(url + path);
      assert.doesNotMatch(markup, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|http-equiv/i, path);
    }
  });
});

describe('the phone page', () => {
  test('shows what strangers wrote as text, whatever they wrote', async (t) => {
    const { url, inbox } = await openDoor(t);
    const attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    const recipient = `a'"@example.com`;
    const text = `${attack} 482913 ${attack}`;
    inbox.put([aMessage({ channel: 'email', recipient, originator: attack, subject: attack, text })]);
    for (const path of [
      `/sandbox?recipient=${encodeURIComponent(attack)}`,
      '/sandbox?message=%22%3E%3Cscript%3E',
      '/sandbox',
    ]) {
      const markup = await page(url + path);
      assert.doesNotMatch(markup, /<script>|<img|<script [^>]*>[^<]/, path);
      assert.ok(markup.includes('&lt;script&gt;') || path.includes('message='), path);
    }
  });

  test('puts nothing into the line for the shell that a shell would act on', async (t) => {
    const { url } = await openDoor(t);
    const markup = await page(`${url}/sandbox?recipient=${encodeURIComponent("x'$(touch y)'@example.com")}`);
    assert.doesNotMatch(/<pre[^>]*>(.*?)<\/pre>/s.exec(markup)?.[1] ?? '', /touch/);
  });

  test('is served only where it is allowed, and otherwise says how to switch it on', async (t) => {
    const { url, inbox } = await openDoor(t, () => false);
    inbox.put([aMessage()]);
    const refused = await fetch(`${url}/sandbox`, { headers: HTML });
    assert.equal(refused.status, 404);
    const markup = await refused.text();
    assert.match(markup, /ROOST_SANDBOX=on/);
    assert.doesNotMatch(markup, /482913|31612345678/);
    for (const path of ['/sandbox/fragment', '/sandbox/events', '/sandbox/messages']) {
      const answer = await fetch(url + path, { headers: { authorization: AUTHORIZATION } });
      const { errors } = (await answer.json()) as { errors: { code: number; description: string }[] };
      assert.deepEqual([answer.status, errors[0]?.code], [404, 20], path);
      assert.match(errors[0]?.description ?? '', /loopback only\. Start Roost with ROOST_SANDBOX=on/);
    }
  });

  test('finds a conversation by any spelling of its number, also one that many others have followed', async (t) => {
    const { url, inbox } = await openDoor(t);
    const many = Array.from({ length: 300 }, (_, n) =>
      aMessage({ recipient: `+4477009${String(n).padStart(5, '0')}` }),
    );
    inbox.put([aMessage({ token: '775533', text: 'Old: 775533' }), ...many]);
    assert.doesNotMatch(await page(`${url}/sandbox`), /775533/);
    assert.match(await page(`${url}/sandbox?recipient=0031+6+1234+5678`), /data-copy="775533"/);
  });

  test('says what a message is: segments, lost characters, voice, fate and what became of its code', async (t) => {
    const { url, inbox } = await openDoor(t);
    const shown = async (changes: Parameters<typeof aMessage>[0]) => {
      const message = aMessage({ recipient: `+3161234${String(count++).padStart(4, '0')}`, ...changes });
      inbox.put([message]);
      const markup = await page(`${url}/sandbox?recipient=${encodeURIComponent(message.recipient)}`);
      return markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    };
    let count = 0;
    assert.match(await shown({}), /1 segment · GSM-7 · 20 of 160 characters/);
    assert.match(await shown({ datacoding: 'unicode' }), /1 segment · UCS-2 · 20 of 70 characters/);
    assert.match(await shown({ text: `${'a'.repeat(155)} 482913` }), /2 segments · GSM-7 · 162 of 306/);
    assert.match(await shown({ text: 'Ł 482913' }), /Plain text cannot say Ł: .* Send datacoding=auto/);
    const voice = { channel: 'tts', language: 'nl-nl', voice: 'male' } as const;
    assert.match(await shown(voice), /would be spoken in Dutch \(Netherlands\) \(nl-nl\), in a male voice/);
    assert.match(await shown({ channel: 'flash' }), /Flash SMS from BirdBank/);
    assert.match(
      await shown({ state: 'undelivered' }),
      /not delivered .* a real phone would not show this message/,
    );
    assert.match(await shown({ state: 'failed', verification: 'failed' }), /Refused by the sandbox/);
    assert.match(await shown({ state: 'pending', sentAtMs: null, endedAtMs: null }), /the provider is busy/);
    assert.match(await shown({ state: 'sent', endedAtMs: null }), /On its way to the phone/);
    assert.match(
      await shown({ verification: 'verified', attemptsLeft: null }),
      /Verified: the right code came back/,
    );
    assert.match(await shown({ attemptsLeft: 1 }), /Waiting for the code: 1 attempt left/);
    assert.match(await shown({}), /works until 14:06:08 UTC/);
    assert.match(await shown({ token: '', text: 'Your code is: ' }), /The code is wiped/);
  });
});

describe('the stream of changes', () => {
  test('tells a change of this process at once and that of another node within about a second', async (t) => {
    const { url, inbox } = await openDoor(t);
    const stream = await openStream(`${url}/sandbox/events`);
    t.after(stream.stop);
    await inTime(500, () => {
      inbox.put([aMessage()]);
      return stream.changeAfterMs();
    });
    await inTime(1_900, () => {
      inbox.put([aMessage()], 'quietly');
      return stream.changeAfterMs();
    });
  });

  test('says nothing while nothing changes, and lets go of the inbox when the last page leaves', async (t) => {
    const { url, inbox } = await openDoor(t);
    inbox.put([aMessage()]);
    const stream = await openStream(`${url}/sandbox/events`);
    await sleep(2_200);
    assert.equal(stream.changes(), 0);
    assert.equal(inbox.watching(), 1);
    stream.stop();
    for (let tries = 0; inbox.watching() > 0 && tries < 100; tries += 1) await sleep(10);
    assert.equal(inbox.watching(), 0);
  });

  test('is kept to 64 pages; the next is told to come back', async (t) => {
    const { url } = await openDoor(t);
    const streams = await Promise.all(Array.from({ length: 64 }, () => openStream(`${url}/sandbox/events`)));
    t.after(() => {
      for (const stream of streams) stream.stop();
    });
    const refused = await fetch(`${url}/sandbox/events`);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '10']);
  });

  test('ends when the server stops', async (t) => {
    const { app, url } = await openDoor(t);
    const stream = await openStream(`${url}/sandbox/events`);
    const began = performance.now();
    await app.close();
    await stream.ended;
    assert.ok(performance.now() - began < 10_000);
  });
});

async function openStream(url: string) {
  const leave = new AbortController();
  const answer = await fetch(url, { signal: leave.signal });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  let told = '';
  const read = async () => {
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) told += chunk;
  };
  const ended = read().catch(() => undefined);
  const changes = () => told.split('event: changed').length - 1;
  return {
    ...{ ended, changes },
    stop: () => leave.abort(),
    /** How long the next change takes to be told, in milliseconds. */
    async changeAfterMs(): Promise<number> {
      const before = changes();
      const began = performance.now();
      while (changes() === before && performance.now() - began < 10_000) await sleep(5);
      return performance.now() - began;
    },
  };
}

describe('the files of the pages', () => {
  test('may be kept for ever under the address that names their version', async (t) => {
    const { url } = await openDoor(t);
    const assets = readAssets();
    const answer = await fetch(url + assets.url('roost.css'));
    assert.equal(answer.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    const etag = answer.headers.get('etag') ?? '';
    const again = await fetch(url + assets.url('roost.css'), { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    const other = await fetch(`${url}/assets/000000000000/roost.css`);
    assert.deepEqual([other.status, other.headers.get('cache-control')], [200, 'no-cache']);
  });

  test('are those of the folder and no others', async (t) => {
    const { app } = await openDoor(t);
    for (const name of ['../package.json', '..%2fpackage.json', '%2e%2e/package.json', 'nothing.css', '']) {
      assert.equal((await app.inject(`/assets/x/${name}`)).statusCode, 404, name);
    }
    assert.throws(() => readAssets().url('nothing.css'), /There is no file nothing\.css/);
  });
});

test('the home page is for browsers; anybody else is answered by the API', async (t) => {
  const { url } = await openDoor(t);
  const markup = await page(url);
  assert.match(markup, /href="\/sandbox".*href="\/docs\/api".*href="\/openapi.json"/s);
  assert.ok(markup.includes(`curl ${url}/verify`));
  for (const accept of ['*/*', 'application/json', '']) {
    assert.equal((await fetch(url, { headers: { accept } })).status, 404, accept);
  }
});

test('codes are shown in groups of three, or of four at the end', () => {
  const grouped = ['482913', '1234567', '12345678', '123456789', '1234567890', '1234'].map((code) =>
    digitGroups(code).join(' '),
  );
  assert.deepEqual(grouped, ['482 913', '123 4567', '1234 5678', '123 456 789', '123 456 7890', '1234']);
});

test('every language in which a code can be spoken has a name', () => {
  for (const language of VOICE_LANGUAGES) assert.notEqual(languageName(language), language);
});
