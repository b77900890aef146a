import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { axe, newPage, type PageOptions } from '../../../testing/chromium.ts';
import { inTime } from '../../../testing/in-time.ts';
import type { Scope } from '../../../testing/scope.ts';
import { aMessage, type Door, openDoor, START_MS } from './memory-inbox.ts';

const NARROW = { width: 390, height: 844 };

/** A page of the phone that has heard from Roost that it is told of changes. */
async function lookAt(t: Scope, { url }: Door, query = '', options: PageOptions = {}) {
  const page = await newPage(t, options);
  await page.goto(`${url}/sandbox${query}`);
  if (options.javaScript !== false) await page.waitForSelector('[data-state=live]', { state: 'attached' });
  return page;
}

describe('the phone, live', () => {
  test('shows a message within a second of its coming in, and tells it to those who listen', async (t) => {
    const door = await openDoor(t);
    const page = await lookAt(t, door);
    await page.getByText('No code has been sent yet').waitFor();
    await inTime(1_000, async (tries) => {
      const began = performance.now();
      door.inbox.put([aMessage({ token: `48291${tries}`, text: `Your code is: 48291${tries}` })]);
      await page.getByRole('button', { name: `Copy code 4 8 2 9 1 ${tries}` }).waitFor();
      return performance.now() - began;
    });
    await page.getByText('No code has been sent yet').waitFor({ state: 'detached' });
    const told = await page.locator('#announcement').textContent();
    assert.match(told ?? '', /^New message: SMS from BirdBank.*Your code is: 4 8 2 9 1 \d$/);
  });

  test('follows the latest message, and stays with a conversation that was chosen', async (t) => {
    const door = await openDoor(t);
    door.inbox.put([aMessage()]);
    const page = await lookAt(t, door);
    const name = page.locator('#contact-name');
    assert.equal(await name.textContent(), '+31 6 12345678');
    door.inbox.put([aMessage({ recipient: '+447700900123', createdAtMs: START_MS + 1 })]);
    await page.locator('#contact-name', { hasText: '+44 7700 900123' }).waitFor();
    await page.getByRole('link', { name: /^\+31 6 12345678/ }).click();
    await page.waitForURL(/recipient=%2B31612345678/);
    await page.waitForSelector('[data-state=live]');
    door.inbox.put([aMessage({ recipient: 'ann@example.com', createdAtMs: START_MS + 2 })]);
    await page.getByRole('link', { name: /^ann@example\.com/ }).waitFor();
    assert.equal(await name.textContent(), '+31 6 12345678');
  });

  test('leaves alone what has not changed: the focus, the selection, an opened panel', async (t) => {
    const door = await openDoor(t);
    const first = aMessage();
    door.inbox.put([first]);
    const page = await lookAt(t, door, `?recipient=%2B31612345678&message=${first.id}`);
    await page.getByText('Magic numbers').click();
    await page.locator(`#c-${first.id}`).focus();
    await page.evaluate(`getSelection().selectAllChildren(document.querySelector('#m-${first.id} .code'))`);
    door.inbox.put([aMessage({ token: '775533', createdAtMs: START_MS + 1 })]);
    await page.getByRole('button', { name: 'Copy code 7 7 5 5 3 3' }).waitFor();
    assert.equal(await page.evaluate('String(getSelection())'), '482913');
    assert.equal(await page.locator('#magic').getAttribute('open'), '');
    assert.equal(await page.evaluate('document.activeElement.id'), `c-${first.id}`);
    door.inbox.put([{ ...first, attemptsLeft: null, verification: 'verified' }]);
    await page.getByText('Verified', { exact: true }).waitFor();
    assert.equal(await page.evaluate('document.activeElement.id'), `c-${first.id}`, 'also in its new words');
  });

  test('counts down by the clock of the server, and lets a message go when its code has expired', async (t) => {
    const door = await openDoor(t);
    door.inbox.put([aMessage({ expiresAtMs: START_MS + 4_000 })]);
    const page = await lookAt(t, door);
    await page.getByText(/^expires in 0:0[1-4]$/).waitFor();
    door.inbox.setNow(START_MS + 4_000);
    await page.getByText('No code has been sent yet').waitFor();
  });

  test('tells what became of a code, in words', async (t) => {
    const door = await openDoor(t);
    const message = aMessage({ state: 'sent', endedAtMs: null });
    door.inbox.put([message]);
    const page = await lookAt(t, door);
    await page.getByText('On its way to the phone').waitFor();
    door.inbox.put([{ ...message, state: 'delivered', endedAtMs: START_MS + 20 }]);
    await page.getByText('Delivered to the phone').waitFor();
    door.inbox.put([{ ...message, state: 'delivered', endedAtMs: START_MS + 20, verification: 'verified' }]);
    await page.getByText('Verified: the right code came back').waitFor();
  });

  test('says so when the connection is lost, and comes back by itself', async (t) => {
    const door = await openDoor(t);
    const page = await lookAt(t, door);
    await page.route('**/sandbox/**', (route) => route.abort());
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    door.inbox.put([aMessage()]);
    await page.locator('#live', { hasText: 'trying again' }).waitFor();
    assert.equal(await page.locator('#live').getByRole('link', { name: 'Refresh' }).count(), 1);
    await page.unroute('**/sandbox/**');
    await page.getByRole('button', { name: 'Copy code 4 8 2 9 1 3' }).waitFor();
    await page.locator('#live', { hasText: 'Connected' }).waitFor();
  });
});

test('a code is copied whole by its button, and by hand', async (t) => {
  const door = await openDoor(t);
  door.inbox.put([aMessage({ token: '0042179', text: 'Your code is: 0042179' })]);
  const page = await lookAt(t, door);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: /^Copy code/ }).click();
  await page.getByRole('button', { name: /^Copied/ }).waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), '0042179');
  const byHand = await page.evaluate(
    `getSelection().selectAllChildren(document.querySelector('.code')); String(getSelection())`,
  );
  assert.equal(byHand, '0042179');
});

test('without JavaScript everything is there, with a link to refresh and no button that does nothing', async (t) => {
  const door = await openDoor(t);
  const page = await lookAt(t, door, '', { javaScript: false });
  await page.getByText('No code has been sent yet').waitFor();
  door.inbox.put([
    aMessage(),
    aMessage({ recipient: 'ann@example.com', channel: 'email', subject: 'Hello' }),
  ]);
  await page.getByRole('link', { name: 'Refresh', exact: true }).click();
  await page.getByRole('link', { name: /^\+31 6 12345678/ }).click();
  await page.getByText('works until 14:06:08 UTC').waitFor();
  assert.equal(await page.locator('.code').textContent(), '482913');
  assert.equal(await page.locator('button:visible:not(form button)').count(), 0);
  await page.getByRole('searchbox').fill('ANN@example.com');
  await page.getByRole('searchbox').press('Enter');
  await page.locator('#contact-name', { hasText: 'ann@example.com' }).waitFor();
});

test('on a phone there is one column: the list, then a conversation, and the way back', async (t) => {
  const door = await openDoor(t);
  door.inbox.put([aMessage(), aMessage({ recipient: '+447700900123', createdAtMs: START_MS - 1 })]);
  const page = await lookAt(t, door, '', NARROW);
  assert.equal(await page.locator('.screen').isVisible(), false);
  await page.getByRole('link', { name: /^\+44 7700 900123/ }).click();
  await page.locator('.code').waitFor();
  assert.equal(await page.locator('#conversations').isVisible(), false);
  await page.getByRole('link', { name: 'All messages' }).click();
  await page.locator('#conversations').waitFor();
});

test('times are in the zone of the reader, with the exact UTC behind them', async (t) => {
  const door = await openDoor(t);
  door.inbox.put([aMessage()]);
  const page = await lookAt(t, door);
  const created = page.locator('#events time').first();
  assert.equal(await created.textContent(), '15:01:08.112'); // Amsterdam, in winter
  assert.equal(await created.getAttribute('title'), '2026-11-23T14:01:08.112Z');
});

describe('axe finds nothing, and nothing is cut off,', () => {
  const looks: [name: string, options: PageOptions][] = [
    ['on a desk by day', {}],
    ['on a desk by night', { colorScheme: 'dark' }],
    ['on a phone by day', NARROW],
    ['on a phone by night', { ...NARROW, colorScheme: 'dark' }],
    ['at 320 pixels', { width: 320, height: 640 }],
    ['on a tablet', { width: 820, height: 1100 }],
  ];
  for (const [name, options] of looks) {
    test(name, async (t) => {
      const door = await openDoor(t);
      const page = await newPage(t, options);
      const check = async (path: string) => {
        await page.goto(door.url + path);
        if (path !== '/') await page.waitForSelector('[data-state=live]', { state: 'attached' });
        await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished))');
        assert.deepEqual(await axe(page), [], path);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false, path);
      };
      await check('/');
      await check('/sandbox');
      door.inbox.put(everyKind());
      await check('/sandbox');
      for (const recipient of ['%2B31612345678', 'ann%40example.com', '%2B447700900123', '0612']) {
        await check(`/sandbox?recipient=${recipient}`);
      }
    });
  }
});

function everyKind() {
  const voice = {
    recipient: '+447700900123',
    channel: 'tts',
    language: 'en-gb-wls',
    voice: 'female',
  } as const;
  const mail = {
    recipient: 'ann@example.com',
    channel: 'email',
    subject: 'Your code',
    mode: 'live',
  } as const;
  return [
    aMessage({ ...voice, verification: 'verified', attemptsLeft: null }),
    aMessage({ ...mail, text: `Hello Ann,\n\n${'a'.repeat(90)} 90817263.`, token: '90817263' }),
    aMessage({ ...mail, recipient: `${'very-long-'.repeat(6)}name@${'example-'.repeat(6)}domain.example` }),
    aMessage({ state: 'undelivered' }),
    aMessage({ channel: 'flash', verification: 'failed', attemptsLeft: null }),
    aMessage({ text: 'Łódź: 1234567', token: '1234567' }),
    aMessage({ text: 'قيد الرمز 482913 شكرا', datacoding: 'unicode' }),
    aMessage({ state: 'pending', sentAtMs: null, endedAtMs: null }),
    aMessage({ expiresAtMs: START_MS + 20_000, text: 'Your code is 482913\n@birdbank.example #482913' }),
  ];
}
