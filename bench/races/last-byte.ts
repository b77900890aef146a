import { once } from 'node:events';
import net from 'node:net';

export type RaceAnswer = { readonly status: number; readonly text: string };

/**
 * Sends requests as nearly at once as one machine can: every connection sends all but its last byte, and
 * when all have, the last bytes leave together. Each request goes to the node at the same place in `urls`,
 * dealt out in turn. Answers come in the order of the requests; status 0 is a broken connection.
 */
export async function allAtOnce(
  urls: readonly string[],
  requests: readonly ((host: string) => string)[],
): Promise<RaceAnswer[]> {
  const racers = await Promise.all(
    requests.map(async (request, i) => {
      const url = new URL(urls[i % urls.length] ?? '');
      const socket = net.connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      await once(socket, 'connect');
      const text = request(url.host);
      const answer = readAnswer(socket);
      await new Promise<void>((resolve) => socket.write(text.slice(0, -1), 'latin1', () => resolve()));
      return { socket, last: text.slice(-1), answer };
    }),
  );
  // The servers have read the rest by now and wait for one byte each.
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { socket, last } of racers) socket.write(last, 'latin1');
  const answers = await Promise.all(racers.map((racer) => racer.answer));
  for (const { socket } of racers) socket.destroy();
  return answers;
}

function readAnswer(socket: net.Socket): Promise<RaceAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (status: number) => {
      clearTimeout(timer);
      resolve({ status, text });
    };
    const timer = setTimeout(() => socket.destroy(), 30_000);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => settle(0));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (headEnd >= 0 && text.length >= headEnd + 4 + length) settle(Number(text.slice(9, 12)));
    });
  });
}
