import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { DEPS, never, outbound } from '../../../test/providers/samples.ts';
import { type Given, made, RECEIVING, saying, started } from '../../../test/providers/smpp-support.ts';
import { startSmsc } from '../../../test/providers/smsc.ts';
import type { ProviderDeps } from '../deps.ts';
import { COMMAND } from './pdu.ts';
import { readDelivery } from './receipt.ts';

describe('a receipt', () => {
  type Kept = Parameters<NonNullable<ProviderDeps['onReceipt']>>[1];
  const RECEIPT = 'sub:001 dlvrd:001 submit date:2611231200 done date:2611231201';

  async function receiving(t: TestContext, given: Given = {}) {
    const kept: Kept[] = [];
    let keep: (reading: Kept) => Promise<void> = async (reading) => {
      kept.push(reading);
    };
    const smsc = await startSmsc(t);
    made(t, smsc.port, given, { ...DEPS, onReceipt: (_provider, reading) => keep(reading) });
    while (smsc.binds.length === 0) await sleep(5);
    await sleep(20);
    const deliver = (fields: object) =>
      new Promise<number>((resolve) => {
        smsc.sessions[0]?.deliver_sm(
          { source_addr: '31612345678', destination_addr: 'Roost', ...fields },
          (pdu) => resolve(pdu.command_status as number),
        );
      });
    return {
      kept,
      deliver,
      keepBy: (other: typeof keep) => {
        keep = other;
      },
    };
  }

  const text = (stat: string, id = 'id-1', err = '000') => ({
    esm_class: 4,
    short_message: `id:${id} ${RECEIPT} stat:${stat} err:${err} text:id:forged stat:DELIVRD`,
  });
  const forms: [what: string, fields: object, status: Kept['status'], reason: string | null][] = [
    ['text, delivered', text('DELIVRD'), 'delivered', null],
    ['text, undeliverable', text('UNDELIV', 'id-1', '027'), 'undelivered', 'undeliverable (error 027)'],
    ['text, expired', text('EXPIRED'), 'undelivered', 'expired'],
    ['text, rejected', text('rejectd'), 'undelivered', 'rejected'],
    ['text, on its way', text('ENROUTE'), 'progress', null],
    ['text, a state that is not known', text('WHATEVR'), 'progress', null],
    [
      'parameters, delivered',
      { esm_class: 4, receipted_message_id: 'id-1', message_state: 2 },
      'delivered',
      null,
    ],
    [
      'parameters, undeliverable',
      {
        ...{ esm_class: 4, receipted_message_id: 'id-1', message_state: 5 },
        network_error_code: Buffer.from([3, 0, 17]),
      },
      'undelivered',
      'undeliverable (error 17)',
    ],
    [
      'parameters, on its way',
      { esm_class: 4, receipted_message_id: 'id-1', message_state: 1 },
      'progress',
      null,
    ],
    [
      'both, which the parameters decide',
      { ...text('UNDELIV', 'id-2'), receipted_message_id: 'id-1', message_state: 2 },
      'delivered',
      null,
    ],
    ['parameters without a class', { receipted_message_id: 'id-1', message_state: 2 }, 'delivered', null],
    ['an intermediate notification', { ...text('UNDELIV'), esm_class: 0x20 }, 'progress', null],
  ];
  test('is read in both forms, kept, and then acknowledged', async (t) => {
    const { kept, deliver } = await receiving(t);
    for (const [what, fields, status, reason] of forms) {
      assert.equal(await deliver(fields), 0, what);
      assert.deepEqual(kept.pop(), { kind: 'receipt', reference: 'id-1', status, reason, cost: null }, what);
    }
  });

  test('that cannot be kept is not acknowledged, so that it comes again', async (t) => {
    const { deliver, keepBy } = await receiving(t);
    keepBy(() => Promise.reject(new Error('the database is away')));
    assert.equal(await deliver(text('DELIVRD')), 0x64);
  });

  test('is acknowledged after it was kept, not before', async (t) => {
    const { deliver, keepBy } = await receiving(t);
    let isKept = false;
    keepBy(async () => {
      await sleep(100);
      isKept = true;
    });
    assert.equal(await deliver(text('DELIVRD')), 0);
    assert.equal(isKept, true);
  });

  test('names the message as submit_sm_resp did, where the SMSC writes it in another base', async (t) => {
    const decimal = await receiving(t, { receiptIds: 'decimal' });
    await decimal.deliver(text('DELIVRD', '0000004660'));
    assert.equal(decimal.kept[0]?.reference, '1234');
    const hex = await receiving(t, { receiptIds: 'hex' });
    await hex.deliver(text('DELIVRD', '1A2B'));
    assert.equal(hex.kept[0]?.reference, '6699');
    const { provider } = await started(t, { receiptIds: 'decimal' }, { ids: () => '00001234' });
    assert.deepEqual(await provider.send(outbound('sms'), never()), { kind: 'accepted', reference: '1234' });
  });

  test('is asked for once a message, with its last part, whose name the message has', async (t) => {
    const smsc = await startSmsc(t);
    const provider = made(t, smsc.port, {}, RECEIVING);
    const outcome = await provider.send(saying('x'.repeat(400)), never());
    assert.deepEqual(outcome, { kind: 'accepted', reference: 'id-3' });
    assert.deepEqual(
      smsc.submitted.map(({ registered }) => registered),
      [0, 0, 1],
    );
  });

  test('is what no message of somebody`s is taken for; such a one is acknowledged and kept nowhere', async (t) => {
    const { kept, deliver } = await receiving(t);
    assert.equal(await deliver({ short_message: `id:id-1 ${RECEIPT} stat:DELIVRD err:000` }), 0);
    assert.equal(await deliver({ short_message: 'hello' }), 0);
    assert.equal(await deliver({ esm_class: 4, short_message: 'no name' }), 0);
    assert.deepEqual(kept, []);
  });
});

test('no bytes make the reader throw anything but that it cannot read them, nor take long', () => {
  const command = fc.constantFrom(COMMAND.deliverSm, COMMAND.dataSm);
  const property = fc.property(command, fc.uint8Array({ maxLength: 600 }), (kind, bytes) => {
    try {
      readDelivery(kind, Buffer.from(bytes), 'same');
    } catch (error) {
      assert.equal((error as Error).name, 'Unreadable');
    }
  });
  fc.assert(property, { numRuns: 2_000 });
  const head = Buffer.alloc(17);
  head[7] = 4; // esm_class: a receipt
  const payload = Buffer.alloc(60_000, 'id:');
  const long = Buffer.concat([
    head,
    Buffer.from([0x04, 0x24, payload.length >> 8, payload.length & 0xff]),
    payload,
  ]);
  const before = process.threadCpuUsage();
  assert.equal(readDelivery(COMMAND.deliverSm, long, 'same')?.status, 'progress');
  assert.ok(process.threadCpuUsage(before).user < 50_000);
});
