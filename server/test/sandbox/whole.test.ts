import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newPage, screenshot } from '../../../testing/chromium.ts';
import { inTime } from '../../../testing/in-time.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';

type Shown = { id: string; text: string; token: string; recipient: string };

/** What the sandbox lists for a recipient, waiting for something to be there. */
async function listed(roost: StartedRoost, recipient: string, wait = 10): Promise<Shown[]> {
  const address = `/sandbox/messages?recipient=${encodeURIComponent(recipient)}&wait=${wait}`;
  const { body } = await roost.call('GET', address);
  return (body as { messages: Shown[] }).messages;
}

describe('the sandbox of a whole Roost', () => {
  test('hands the code of a create to whoever waits for it, and the code verifies', async (t) => {
    const roost = await startRoost(t);
    const waiting = listed(roost, '+31612345678', 30);
    const created = await roost.call('POST', '/verify', {
      json: { recipient: '0031 6 12345678', timeout: 300 },
    });
    assert.equal(created.status, 201);
    const [message] = await waiting;
    assert.ok(message);
    assert.ok(created.body.messages.href.endsWith(`/${message.id}`));
    assert.match(message.text, new RegExp(message.token));
    assert.equal((await roost.check(created.body.id, message.token)).status, 200);
  });

  test('shows the code on the phone within a second of the 201, and then what became of it', async (t) => {
    const roost = await startRoost(t);
    const page = await newPage(t);
    await page.goto(`${roost.url}/sandbox`);
    await page.waitForSelector('[data-state=live]');
    let made = { id: '', code: '' };
    await inTime(1_000, async (tries) => {
      if (tries > 0) await roost.call('DELETE', `/verify/${made.id}`);
      made = await roost.createVerification('+447700900001');
      const began = performance.now();
      await page.getByRole('button', { name: `Copy code ${[...made.code].join(' ')}` }).waitFor();
      return performance.now() - began;
    });
    const { id, code } = made;
    await page.getByText('Delivered to the phone').waitFor();
    await page.getByText('Waiting for the code: 3 attempts left').waitFor();
    await roost.check(id, code === '000000' ? '000001' : '000000');
    await page.getByText('Waiting for the code: 2 attempts left').waitFor();
    await roost.check(id, code);
    await page.getByText('Verified: the right code came back').waitFor();
  });

  test('shows nothing of a code that has expired', async (t) => {
    const roost = await startRoost(t);
    await roost.createVerification('+447700900001', { timeout: 60 });
    assert.equal((await listed(roost, '+447700900001')).length, 1);
    roost.clock.advance(60_000);
    assert.deepEqual(await listed(roost, '+447700900001', 0), []);
    const page = await roost.call('GET', '/sandbox', { headers: { accept: 'text/html' } });
    assert.match(page.text, /No code has been sent yet/);
  });

  test('is not served to a request that came by a proxy or under another name, unless switched on', async (t) => {
    const closed = await startRoost(t);
    const open = await startRoost(t, { env: { ROOST_SANDBOX: 'on' } });
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    assert.equal((await closed.call('GET', '/sandbox', { headers })).status, 404);
    assert.equal((await closed.call('GET', '/sandbox/messages', { headers })).status, 404);
    assert.equal((await open.call('GET', '/sandbox', { headers })).status, 200);
  });

  test('is a page to show to a customer', async (t) => {
    const roost = await startRoost(t);
    await roost.createVerification('ann@example.com', {
      ...{ type: 'email', originator: 'bank@birdbank.example', subject: 'Your BirdBank code' },
      template: 'Hello Ann,\n\nyour BirdBank code is %token. Nobody from the bank will ask you for it.',
    });
    await roost.createVerification('+447700900123', { type: 'tts', language: 'en-gb' });
    await roost.createVerification('+447700900002', { originator: 'BirdBank' });
    const words = { originator: 'BirdBank', template: 'Your BirdBank code is %token' };
    await roost.createVerification('+31612345678', words);
    await listed(roost, '+31612345678');
    for (const [name, options, query] of [
      ['sandbox-phone', { width: 1280, height: 720 }, ''],
      ['sandbox-phone-dark', { width: 1280, height: 720, colorScheme: 'dark' }, '?recipient=ann@example.com'],
    ] as const) {
      const page = await newPage(t, options);
      await page.goto(`${roost.url}/sandbox${query}`);
      await page.waitForSelector('[data-state=live]');
      await page.getByText('Delivered to the phone').waitFor();
      assert.equal(await page.locator('#conversations li').count(), 4);
      await screenshot(page, name);
    }
  });
});
