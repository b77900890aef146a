import { type AddressInfo, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { conversations, playMail } from '../../server/test/providers/generated-mail.ts';
import { connections, playConnection } from '../../server/test/providers/generated-smsc.ts';

/**
 * Says generated replies, in a process of its own so that the memory of the client is the client's. Arguments: the kind and
 * the seed. Its lines: the port, then again and again how many replies it has said.
 */
const [kind = 'smpp', seed = '1'] = process.argv.slice(2);
let said = 0;
const play = kind === 'smpp' ? smsc() : mailServer();

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  play(socket);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
setInterval(() => console.log(said), 50);
// It ends with whoever started it.
process.stdin.resume();
process.stdin.on('end', () => process.exit());

function smsc() {
  const next = drawn(connections(50));
  return (socket: Socket) => {
    const replies = next();
    said += replies.length;
    playConnection(socket, replies);
  };
}

function mailServer() {
  const next = drawn(conversations(8));
  return (socket: Socket) =>
    playMail(socket, next(), () => {
      said += 1;
    });
}

/** Draws from a generator, a batch at a time. */
function drawn<T>(arbitrary: fc.Arbitrary<T>): () => T {
  let batch: T[] = [];
  let count = 0;
  return () => {
    if (batch.length === 0) {
      batch = fc.sample(arbitrary, { numRuns: 20, seed: Number(seed) + count });
      count += 1;
    }
    return batch.pop() as T;
  };
}
