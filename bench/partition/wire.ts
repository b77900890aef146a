import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Random } from '../driver/random.ts';

/** How long bytes take in each direction, evenly between the two. */
export type Delay = { readonly leastMs: number; readonly mostMs: number };

type Way = { readonly from: net.Socket; readonly to: net.Socket; freeAtMs: number };
type Line = {
  readonly lane: number;
  readonly outer: net.Socket;
  readonly inner: net.Socket;
  swallow: boolean;
};

/**
 * The way between nodes and database, in our hands: each connection arrives with the number of its lane as the
 * first byte. Bytes can be delayed, held back, or their answer swallowed and the connection cut.
 */
export class Wire {
  readonly #server: net.Server;
  readonly #random: Random;
  readonly #lines = new Set<Line>();
  readonly #held = new Set<number>();
  #delay: Delay | null = null;
  #released = Promise.withResolvers<void>();

  private constructor(server: net.Server, random: Random) {
    this.#server = server;
    this.#random = random;
  }

  static async open(socketPath: string, databasePort: () => number, random: Random): Promise<Wire> {
    const server = net.createServer();
    const wire = new Wire(server, random);
    server.on('connection', (outer) => wire.#connect(outer, databasePort()));
    server.listen(socketPath);
    await once(server, 'listening');
    return wire;
  }

  set delay(delay: Delay | null) {
    this.#delay = delay;
  }

  /** Nothing passes on these lanes until they are released; connections stay open, as they do over a dead network. */
  hold(lanes: readonly number[]): void {
    for (const lane of lanes) this.#held.add(lane);
  }

  release(): void {
    this.#held.clear();
    const { resolve } = this.#released;
    this.#released = Promise.withResolvers();
    resolve();
  }

  /**
   * Lets what a node sends next on one connection, chosen at random, reach the database, and cuts the
   * connection before the answer: whoever sent a COMMIT then cannot know. Answers whether there was a connection.
   */
  cutBeforeAnswer(): boolean {
    const lines = [...this.#lines];
    if (lines.length === 0) return false;
    pick(this.#random, lines).swallow = true;
    return true;
  }

  close(): void {
    for (const { outer, inner } of this.#lines) {
      outer.destroy();
      inner.destroy();
    }
    this.#server.close();
  }

  #connect(outer: net.Socket, databasePort: number): void {
    outer.once('readable', () => {
      const lane: Buffer | null = outer.read(1);
      if (lane === null) return void outer.destroy();
      const inner = net.connect({ host: '127.0.0.1', port: databasePort, noDelay: true });
      const line: Line = { lane: lane[0] ?? 0, outer, inner, swallow: false };
      this.#lines.add(line);
      const end = () => {
        this.#lines.delete(line);
        outer.destroy();
        inner.destroy();
      };
      for (const socket of [outer, inner]) socket.on('error', end).on('close', end);
      this.#carry(line, { from: outer, to: inner, freeAtMs: 0 });
      this.#carry(line, { from: inner, to: outer, freeAtMs: 0 });
    });
  }

  #carry(line: Line, way: Way): void {
    let last: Promise<void> = Promise.resolve();
    way.from.on('data', (bytes: Buffer) => {
      if (way.to === line.outer && line.swallow) {
        line.outer.destroy();
        line.inner.destroy();
        return;
      }
      const dueMs = Math.max(way.freeAtMs, performance.now() + this.#oneDelayMs());
      way.freeAtMs = dueMs;
      last = last.then(() => this.#deliver(line, way.to, bytes, dueMs));
    });
  }

  async #deliver(line: Line, to: net.Socket, bytes: Buffer, dueMs: number): Promise<void> {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0.5) await sleep(waitMs);
    while (this.#held.has(line.lane)) await this.#released.promise;
    if (to.writable) to.write(bytes);
  }

  #oneDelayMs(): number {
    const delay = this.#delay;
    return delay === null ? 0 : delay.leastMs + this.#random() * (delay.mostMs - delay.leastMs);
  }
}
