import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { never } from '../../../test/providers/samples.ts';
import { ANSWER, COMMAND, pduReader, writePdu } from './pdu.ts';
import { QuestionWindow } from './window.ts';

test('after the last sequence number they begin again at 1, past those that are still out', async () => {
  const written: number[] = [];
  const options = { size: 10, perSecond: 0, patienceMs: 5_000, silent: () => undefined };
  const write = (_command: number, sequence: number) => {
    written.push(sequence);
  };
  const window = new QuestionWindow({ ...options, write }, 0x7fff_fffe);
  window.open();
  const question = {
    command: COMMAND.submitSm,
    body: Buffer.alloc(0),
    signal: never(),
    isWanted: () => true,
  };
  const replies = Array.from({ length: 4 }, () => window.ask(question));
  assert.deepEqual(written, [0x7fff_fffe, 0x7fff_ffff, 1, 2]);
  for (const sequence of written) window.answered(ANSWER + COMMAND.submitSm, 0, sequence, Buffer.alloc(0));
  assert.ok((await Promise.all(replies)).every(({ kind }) => kind === 'answer'));
  const again = new QuestionWindow({ ...options, write }, 0x7fff_ffff);
  again.open();
  written.length = 0;
  const out = Array.from({ length: 2 }, () => again.ask(question));
  again.answered(ANSWER + COMMAND.submitSm, 0, 0x7fff_ffff, Buffer.alloc(0));
  assert.deepEqual(written, [0x7fff_ffff, 1]);
  again.shut('over');
  assert.deepEqual(
    (await Promise.all(out)).map(({ kind }) => kind),
    ['answer', 'unknown'],
  );
});

test('more messages than may wait are turned away at once', async () => {
  const window = new QuestionWindow({
    size: 1,
    perSecond: 0,
    patienceMs: 100,
    write: () => undefined,
    silent: () => undefined,
  });
  const question = {
    command: COMMAND.submitSm,
    body: Buffer.alloc(0),
    signal: never(),
    isWanted: () => true,
  };
  const waiting = Array.from({ length: 10_000 }, () => window.ask(question));
  const { kind } = await window.ask(question);
  assert.equal(kind, 'unsent');
  window.turnAway({ kind: 'unknown', reason: 'over' });
  assert.equal((await Promise.all(waiting)).length, 10_000);
});

describe('the reader of a stream', () => {
  const units = [0, 1, 200, 40_000].map((length, index) =>
    writePdu(COMMAND.deliverSm, index, index + 1, Buffer.alloc(length, index)),
  );
  for (const size of [1, 7, 16, 1_000, 100_000]) {
    test(`puts units together again from chunks of ${size} bytes`, () => {
      const read: [number, number][] = [];
      const reader = pduReader(({ sequence, body }) => read.push([sequence, body.length]));
      const stream = Buffer.concat(units);
      for (let at = 0; at < stream.length; at += size) assert.ok(reader.push(stream.subarray(at, at + size)));
      assert.deepEqual(read, [
        [1, 0],
        [2, 1],
        [3, 200],
        [4, 40_000],
      ]);
    });
  }
});
