import type { Socket } from 'node:net';
import fc from 'fast-check';
import { ANSWER, COMMAND, pduReader, writePdu } from '../../src/providers/smpp/pdu.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const command = fc.oneof(
  fc.constantFrom(...Object.values(COMMAND)),
  fc.constantFrom(...Object.values(COMMAND)).map((question) => (question | ANSWER) >>> 0),
  fc.nat(0xffff_ffff),
);
const status = fc.oneof(fc.constantFrom(0, 0, 0, 0x08, 0x14, 0x58, 0x45), fc.nat(0xffff_ffff));
const sequence = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.nat(0xffff_ffff));

const text = fc.oneof(
  fc.constant(
    'id:1 sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 text:',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 254 }),
);
/** The body of a deliver_sm, its fields in order, some of them lying. */
const delivery = fc
  .tuple(text, fc.nat(255), bytes(40), fc.nat(255))
  .map(([message, esmClass, options, length]) => {
    const said = Buffer.from(message, 'latin1').subarray(0, 254);
    const counted = length < 40 ? length : said.length;
    const head = Buffer.from([0, 1, 1, 0x33, 0, 1, 1, 0x34, 0, esmClass, 0, 0, 0, 0, 0, 0, 0, 0, counted]);
    return Buffer.concat([head, said, options]);
  });

const pdu = fc
  .tuple(command, status, sequence, fc.oneof(bytes(300), delivery))
  .map((parts) => writePdu(...parts));
const deliverSm = fc
  .tuple(fc.constantFrom(COMMAND.deliverSm, COMMAND.dataSm), sequence, delivery)
  .map(([kind, number, body]) => writePdu(kind, 0, number, body));

/** A reply within its frame, so that the next one can be found again. */
const framed = fc.oneof(pdu, deliverSm, deliverSm);
/** A reply after which nothing can be found again. */
const broken = fc.oneof(
  bytes(2_000),
  fc.tuple(pdu, fc.nat(0xffff_ffff)).map(([whole, length]) => {
    const lying = Buffer.from(whole);
    lying.writeUInt32BE(length, 0);
    return lying;
  }),
  pdu.map((whole) => whole.subarray(0, whole.length - 1)),
);

/** So many replies for one connection: the last one breaks its frame. */
export const connections = (replies: number): fc.Arbitrary<readonly Buffer[]> =>
  fc
    .tuple(fc.array(framed, { minLength: replies - 1, maxLength: replies - 1 }), broken)
    .map(([whole, last]) => [...whole, last]);

/** Plays a connection: binds as asked, then says what was generated, and answers nothing. */
export function playConnection(socket: Socket, replies: readonly Buffer[]): void {
  const reader = pduReader(({ command: asked, sequence: number }) => {
    if (asked !== COMMAND.bindTransceiver) return;
    socket.write(writePdu((asked | ANSWER) >>> 0, 0, number, Buffer.from('x\0')));
    for (const reply of replies) socket.write(reply);
  });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
}
