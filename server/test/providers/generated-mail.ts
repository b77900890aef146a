import type { Socket } from 'node:net';
import fc from 'fast-check';

const word = fc.string({ unit: 'binary-ascii', maxLength: 60 });
const code = fc.oneof(fc.constantFrom(220, 250, 250, 354, 421, 450, 451, 535, 550, 554), fc.nat(999));
const line = fc
  .tuple(code, fc.constantFrom(' ', '-', '', '\t'), word)
  .map((parts) => `${parts.join('')}\r\n`);

/** What a mail server may say to one command: what is right, what is not, and what is no answer at all. */
const reply = fc.oneof(
  fc.constant('right'),
  fc.constant('right'),
  fc.constant('right'),
  line,
  fc.array(line, { maxLength: 20 }).map((lines) => lines.join('')),
  word.map((text) => `${text}\r\n`),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constant('250-'.padEnd(40_000, 'x')),
  fc.constant('250-x\r\n'.repeat(4_000)),
  fc.constant('nothing'),
  fc.constant('close'),
);

/** What is said over one connection, the greeting first: right for a while, so that every command is reached. */
export const conversations = (replies: number): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(fc.nat(5), fc.array(reply, { minLength: replies, maxLength: replies }))
    .map(([right, rest]) => [...Array.from({ length: right }, () => 'right'), ...rest]);

/** Plays a connection. `said` is told of every reply. */
export function playMail(
  socket: Socket,
  replies: readonly string[],
  said: () => void = () => undefined,
): void {
  let turn = 0;
  let isData = false;
  const say = (right: string) => {
    const next = replies[turn] ?? 'close';
    turn += 1;
    said();
    if (next === 'nothing') return;
    if (next === 'close') socket.destroy();
    else socket.write(next === 'right' ? right : next, 'latin1');
  };
  say('220 hello\r\n');
  socket.on('data', (chunk: Buffer) => {
    const text = chunk.toString('latin1');
    if (isData) {
      if (!text.endsWith('\r\n.\r\n')) return;
      isData = false;
      return say('250 taken\r\n');
    }
    if (/^DATA\r\n/im.test(text)) {
      isData = true;
      return say('354 go on\r\n');
    }
    say(/^EHLO/i.test(text) ? '250-hello\r\n250 SIZE\r\n' : '250 fine\r\n');
  });
}
