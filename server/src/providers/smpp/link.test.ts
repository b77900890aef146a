import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { freePort } from '../../../../testing/free-port.ts';
import { connections, playConnection } from '../../../test/providers/generated-smsc.ts';
import { never, outbound } from '../../../test/providers/samples.ts';
import { binding, made, RECEIVING, refused, started } from '../../../test/providers/smpp-support.ts';
import { startHostile, startSmsc } from '../../../test/providers/smsc.ts';
import { createLink, type LinkOptions } from './link.ts';
import { ANSWER, COMMAND, pduReader, writePdu } from './pdu.ts';

/** Some turns of the loop, in which everybody in this process hears of what has ended. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await sleep(5);
}

describe('the connection', () => {
  test('never has more questions out than the window allows', async (t) => {
    let out = 0;
    let most = 0;
    const port = await startHostile(
      t,
      binding((socket, command, sequence) => {
        if (command !== COMMAND.submitSm) return;
        out += 1;
        most = Math.max(most, out);
        setTimeout(() => {
          out -= 1;
          socket.write(writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.from(`${sequence}\0`)));
        }, 2);
      }),
    );
    const provider = made(t, port, { window: 7 });
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () => provider.send(outbound('sms'), never())),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'accepted').length, 200);
    assert.equal(most, 7);
  });

  test('says at once that the SMSC does not take the credentials, and check says so too', async (t) => {
    const { provider } = await started(t, { password: 'wrong' });
    const reason = 'the SMSC refused to bind with ESME_RINVPASWD (0x0000000E)';
    assert.deepEqual(await provider.check?.(never()), { kind: 'bad', reason });
    assert.deepEqual(await provider.send(outbound('sms'), never()), { kind: 'refused', reason });
    assert.ok(!reason.includes('wrong'));
  });

  test('says busy where nobody listens, and check says why', async (t) => {
    const provider = made(t, await freePort());
    const startMs = performance.now();
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'busy');
    assert.deepEqual(await provider.check?.(never()), {
      kind: 'bad',
      reason: 'the SMSC takes no connection',
    });
    assert.ok(performance.now() - startMs < 10_000);
  });

  test('is made anew after it broke, and messages that wait go out over the next one', async (t) => {
    const { smsc, provider } = await started(t);
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'accepted');
    smsc.sessions[0]?.destroy();
    await turns();
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'accepted');
    assert.equal(smsc.binds.length, 2);
  });

  test('is made anew after the SMSC unbinds', async (t) => {
    const { smsc, provider } = await started(t);
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'accepted');
    await new Promise<void>((resolve) => smsc.sessions[0]?.unbind(() => resolve()));
    await turns();
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'accepted');
    assert.equal(smsc.binds.length, 2);
  });

  test('answers enquire_link, and nacks what it does not know', async (t) => {
    const heard: number[][] = [];
    const port = await startHostile(t, (socket) => {
      const reader = pduReader(({ command, status, sequence }) => {
        heard.push([command, status, sequence]);
        if (command !== COMMAND.bindTransceiver) return;
        socket.write(writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.from('x\0')));
        socket.write(writePdu(COMMAND.enquireLink, 0, 77, Buffer.alloc(0)));
        socket.write(writePdu(0x0abc, 0, 78, Buffer.from('what')));
        socket.write(writePdu(0x8000_0abc, 0, 79, Buffer.from('what')));
      });
      socket.on('data', (chunk: Buffer) => reader.push(chunk));
    });
    made(t, port, {}, RECEIVING);
    while (heard.length < 3) await sleep(5);
    await sleep(20);
    assert.deepEqual(heard.slice(1), [
      [(COMMAND.enquireLink | ANSWER) >>> 0, 0, 77],
      [COMMAND.genericNack, 3, 78],
    ]);
  });

  test('takes a generic_nack for an answer that refuses', async (t) => {
    const port = await startHostile(
      t,
      binding((socket, _command, sequence) => {
        socket.write(writePdu(COMMAND.genericNack, 0, sequence, Buffer.alloc(0)));
      }),
    );
    assert.deepEqual(
      await made(t, port).send(outbound('sms'), never()),
      refused('ESME_RUNKNOWNERR (0x000000FF)'),
    );
  });

  test('unbinds when it is closed, after what is out was answered', async (t) => {
    const asked: number[] = [];
    const port = await startHostile(
      t,
      binding((socket, command, sequence) => {
        asked.push(command);
        const wait = command === COMMAND.submitSm ? 100 : 0;
        setTimeout(
          () => socket.write(writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.from('1\0'))),
          wait,
        );
      }),
    );
    const provider = made(t, port);
    const sent = provider.send(outbound('sms'), never());
    while (asked.length < 1) await sleep(5);
    await provider.close?.(AbortSignal.timeout(2_000));
    assert.equal((await sent).kind, 'accepted');
    assert.deepEqual(asked, [COMMAND.submitSm, COMMAND.unbind]);
    assert.equal((await provider.send(outbound('sms'), never())).kind, 'busy');
  });

  const certificate = (name: string) =>
    readFileSync(new URL(`../../../test/store/${name}`, import.meta.url), 'utf8');

  test('is encrypted and trusts an authority that is set, for the name that is set, and no other', async (t) => {
    const tls = { key: certificate('localhost.key.pem'), cert: certificate('localhost.pem') };
    const smsc = await startSmsc(t, { tls });
    const trusting = made(t, smsc.port, { host: 'localhost', tls: 'on', ca: tls.cert });
    assert.equal((await trusting.send(outbound('sms'), never())).kind, 'accepted');
    const strict = made(t, smsc.port, { host: 'localhost', tls: 'on' });
    assert.deepEqual(await strict.send(outbound('sms'), never()), {
      ...{ kind: 'refused', reason: 'the certificate of the SMSC is not trusted for its address' },
    });
    assert.equal(smsc.submitted.length, 1);
  });
});

describe('a hostile SMSC', () => {
  test('of 2,000 generated replies none makes it crash or hang beyond the time-out', async (t) => {
    for (const replies of fc.sample(connections(50), { numRuns: 40, seed: 20261123 })) {
      const port = await startHostile(t, (socket) => playConnection(socket, replies));
      const provider = made(t, port, {}, RECEIVING);
      const startMs = performance.now();
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => provider.send(outbound('sms'), AbortSignal.timeout(40))),
      );
      assert.equal(outcomes.length, 5);
      assert.ok(performance.now() - startMs < 15_000);
      await provider.close?.(AbortSignal.abort());
    }
  });

  test('that says a length no PDU has is left, and nothing of it is waited for', async (t) => {
    for (const length of [0, 15, 66_001, 0xffff_ffff]) {
      const left = Promise.withResolvers<void>();
      const port = await startHostile(t, (socket) => {
        socket.once('close', left.resolve);
        socket.once('data', () => {
          const bytes = Buffer.alloc(16);
          bytes.writeUInt32BE(length);
          socket.write(bytes);
        });
      });
      await Promise.all([left.promise, made(t, port).check?.(never())]);
    }
  });

  test('that sends one byte at a time is understood', async (t) => {
    const port = await startHostile(t, (socket) => {
      socket.setNoDelay(true);
      const reader = pduReader(async ({ command, sequence }) => {
        for (const byte of writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.from('slow\0'))) {
          socket.write(Buffer.from([byte]));
          await sleep(1);
        }
      });
      socket.on('data', (chunk: Buffer) => reader.push(chunk));
    });
    assert.deepEqual(await made(t, port).send(outbound('sms'), never()), {
      kind: 'accepted',
      reference: 'slow',
    });
  });

  test('that asks without reading our answers is left before they fill the memory', async (t) => {
    const question = writePdu(COMMAND.enquireLink, 0, 1, Buffer.alloc(0));
    const flood = Buffer.concat(Array.from({ length: 4_000 }, () => question));
    const left = Promise.withResolvers<void>();
    const port = await startHostile(t, (socket) => {
      socket.once('close', left.resolve);
      socket.once('data', () => {
        socket.write(writePdu((COMMAND.bindTransceiver | ANSWER) >>> 0, 0, 1, Buffer.from('x\0')));
        socket.pause();
        const more = () => {
          while (!socket.destroyed && socket.write(flood));
        };
        socket.on('drain', more);
        more();
      });
    });
    made(t, port, {}, RECEIVING);
    await left.promise;
  });
});

describe('a silent connection', () => {
  const options = (port: number): LinkOptions => ({
    connect: () => connect(port, '127.0.0.1'),
    readyEvent: 'connect',
    ...{ systemId: 'roost', password: 'secret', systemType: '', window: 10, perSecond: 0 },
    ...{ enquireMs: 60, patienceMs: 100, spread: () => 0, deliver: async () => 0 },
  });

  test('is asked whether it is there, and kept as long as it answers', async (t) => {
    let enquiries = 0;
    const port = await startHostile(
      t,
      binding((socket, command, sequence) => {
        if (command === COMMAND.enquireLink) enquiries += 1;
        socket.write(writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.alloc(0)));
      }),
    );
    const link = createLink(options(port));
    t.after(() => link.close(AbortSignal.abort()));
    const sinceMs = performance.now();
    link.open();
    while (enquiries < 4) await sleep(5);
    const tookMs = performance.now() - sinceMs;
    assert.ok(tookMs > 3 * 60, `4 enquiries within ${tookMs} ms`);
  });

  test('that does not answer is given up, and another is made', async (t) => {
    let made = 0;
    const left = Promise.withResolvers<void>();
    const port = await startHostile(t, (socket) => {
      made += 1;
      socket.once('close', left.resolve);
      binding(() => undefined)(socket);
    });
    const link = createLink(options(port));
    t.after(() => link.close(AbortSignal.abort()));
    link.open();
    await left.promise;
    while (made < 2) await sleep(5);
  });

  test('that does not even bind is given up', async (t) => {
    const port = await startHostile(t, () => undefined);
    const link = createLink(options(port));
    t.after(() => link.close(AbortSignal.abort()));
    assert.deepEqual(await link.ask(COMMAND.submitSm, Buffer.alloc(0), never()), {
      ...{ kind: 'unsent', reason: 'the SMSC did not answer in time', isRefused: false, retryAfterMs: 500 },
    });
  });
});
