import assert from 'node:assert/strict';
import type { StartedBank } from './bank.ts';
import { type Seen, Visitor } from './visitor.ts';

export const PASSWORD = 'a quiet nest in the reeds';

let lastNumber = 20_000_000;
/** A number of its own for each, so that one uses up nothing of another. */
export function newNumber(): string {
  lastNumber += 1;
  return `+316${lastNumber}`;
}

/** Somebody who has an account, in front of a browser. */
export class AccountHolder extends Visitor {
  readonly number: string;
  readonly #bank: StartedBank;

  constructor(bank: StartedBank, number = newNumber()) {
    super(bank.url);
    this.#bank = bank;
    this.number = number;
  }

  /** The same person at another browser. */
  elsewhere(): AccountHolder {
    return new AccountHolder(this.#bank, this.number);
  }

  /** The tutorial's three pages, and a password. */
  async signUp(userName = '', password = PASSWORD): Promise<Seen> {
    const page = await this.askForCode(this.number);
    await this.send(page.path, { token: await this.#bank.newestCode(this.number) });
    await this.open('/sign-up');
    const opened = await this.send('/sign-up', { userName, password });
    assert.equal(opened.path, '/security/recovery', opened.html);
    return opened;
  }

  /** Name and password; answers the page that asks for the other half, once its code is known. */
  async password(
    password = PASSWORD,
    name = this.number,
  ): Promise<{ page: Seen; code: () => Promise<string> }> {
    const before = await this.#bank.newestMessage(this.number);
    await this.open('/sign-in');
    const page = await this.send('/sign-in', { name, password });
    return { page, code: () => this.#bank.codeAfter(this.number, before) };
  }

  /** Both halves, the second by a message. */
  async signIn(more: Record<string, string> = {}): Promise<Seen> {
    const { page, code } = await this.password();
    assert.equal(page.path, '/sign-in/confirm', page.html);
    return this.send('/sign-in/confirm', { code: await code(), ...more });
  }
}

/** Somebody with an account, signed in. */
export async function newHolder(bank: StartedBank, userName = ''): Promise<AccountHolder> {
  const holder = new AccountHolder(bank);
  await holder.signUp(userName);
  return holder;
}
