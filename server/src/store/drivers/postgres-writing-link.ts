import type { Log } from '../../kernel/log.ts';
import type { Address } from './postgres-address.ts';
import { Link } from './postgres-link.ts';

/** The connection that writes. When it is lost another is made as soon as it is needed, to any host that serves. */
export class WritingLink {
  readonly #address: Address;
  readonly #log: Log;
  #link: Link | null;
  /** The host that could be written to last. */
  #host = 0;
  #isAway = false;

  constructor(address: Address, first: Link, log: Log) {
    this.#address = address;
    this.#link = first;
    this.#log = log;
  }

  /** The connection; null when no host answers that can be written to. */
  async open(): Promise<Link | null> {
    if (this.#link !== null && !this.#link.isBroken) return this.#link;
    try {
      const { link, host } = await Link.open(this.#address, this.#host);
      if (this.#isAway) this.#log.info('store.connected', { host: this.#address.hosts[host]?.name });
      this.#isAway = false;
      this.#host = host;
      this.#link = link;
      return link;
    } catch (error) {
      if (!this.#isAway) this.#log.error('store.unreachable', {}, error);
      this.#isAway = true;
      return null;
    }
  }

  drop(link: Link, why: unknown): void {
    this.#isAway = true;
    this.#log.warn('store.connection-lost', { reason: why instanceof Error ? why.message : String(why) });
    link.cut();
    this.#link = null;
  }

  async close(): Promise<void> {
    await this.#link?.close();
  }
}
