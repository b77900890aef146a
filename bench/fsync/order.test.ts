import assert from 'node:assert/strict';
import test from 'node:test';
import { judgeOrder } from './order.ts';
import { type Call, readCall } from './trace.ts';

const ID = 'ab'.repeat(16);
const toStored = (id: string) => Buffer.from(id, 'hex').reverse();
const row = (state: string) => `…${Buffer.from(toStored(ID)).toString('latin1')}defaulttest${state}…`;
const call = (name: string, target: string, data = ''): Call => ({ name, target, data, isDone: true });
const page = (state: string) => call('pwrite64', '/data/roost.db-wal', row(state));
const sync = call('fdatasync', '/data/roost.db-wal');
const created = call('write', 'TCP:[…]', `HTTP/1.1 201 Created\r\n\r\n{"id":"${ID}","status":"sent"}`);
const verified = call('writev', 'TCP:[…]', `HTTP/1.1 200 OK\r\n\r\n{"id":"${ID}","status":"verified"}`);
const problems = (...calls: Call[]) => judgeOrder(calls, toStored).early.length;

test('an answer after the sync of its row is in order', () => {
  assert.deepEqual(judgeOrder([page('open'), sync, created, page('verified'), sync, verified], toStored), {
    ...{ created: 1, verified: 1, early: [], syncs: 2 },
  });
});

test('an answer before the sync, without one, or after the sync of something else is found', () => {
  assert.equal(problems(page('open'), created, sync), 1);
  assert.equal(problems(page('open'), created), 1);
  assert.equal(problems(sync, created), 1);
  assert.equal(problems(page('open'), sync, verified), 1, 'only its creation is on the disk');
  assert.equal(problems(page('open'), { ...sync, isDone: false }, created), 1);
  assert.equal(problems(page('open'), call('fdatasync', '/data/roost.db'), created), 1);
  assert.equal(problems(call('pwrite64', '/data/roost.db', row('open')), sync, created), 1);
});

test('lines of strace are read, with escaped paths and several pieces', () => {
  const path = [...Buffer.from('/d/roost.db-wal')].map((byte) => `\\x${byte.toString(16)}`).join('');
  assert.deepEqual(readCall(`pwrite64(21<${path}>, "\\x00\\x41", 2, 0) = 2`), {
    ...{ name: 'pwrite64', target: '/d/roost.db-wal', data: '\0A', isDone: true },
  });
  const pieces =
    'writev(9<TCP:[1]>, [{iov_base="\\x48\\x49", iov_len=2}, {iov_base="\\x21", iov_len=1}], 2) = 3';
  assert.equal(readCall(pieces)?.data, 'HI!');
  assert.equal(readCall('fdatasync(21</d/x>) = -1 EIO (Input/output error)')?.isDone, false);
  assert.equal(readCall('+++ exited with 0 +++'), null);
});
