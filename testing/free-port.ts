import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems give to those who ask for any port: Linux begins at 32768, others later. */
const FROM = 20_000;
const TO = 32_000;

/**
 * A port on loopback that nobody has. It stays free while its owner starts again or is away, which a port that the
 * system chose does not: it would soon give that to another test.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, TO);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
