import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ANSWER, COMMAND, pduReader, writePdu } from '../../server/src/providers/smpp/pdu.ts';

/** An SMSC that takes everything at once, in a process of its own; its port is the first line that it writes. */
const server = createServer((socket: Socket) => {
  let taken = 0;
  socket.setNoDelay(true);
  const reader = pduReader(({ command, sequence }) => {
    taken += command === COMMAND.submitSm ? 1 : 0;
    const body = command === COMMAND.submitSm ? `${taken.toString(16)}\0` : 'x\0';
    socket.write(writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.from(body)));
  });
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    socket.cork();
    reader.push(chunk);
    socket.uncork();
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
// It ends with whoever started it.
process.stdin.resume();
process.stdin.on('end', () => process.exit());
