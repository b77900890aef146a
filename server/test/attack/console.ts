import assert from 'node:assert/strict';
import { fromBase32 } from '../../src/domain/factor/base32.ts';
import { totp, USUAL_TOTP } from '../../src/domain/factor/totp.ts';
import type { Answer, StartedRoost } from '../support/roost.ts';

export const PASSWORD = 'four herons by the lake';

/** An authenticator app that the console has shown its key. */
type App = { readonly factor: string; code(): string };

/** One browser at the console: it holds its cookies, and sends each form with the token of the page before it. */
export class Browser {
  readonly #roost: StartedRoost;
  readonly #cookies = new Map<string, string>();
  #token = '';

  constructor(roost: StartedRoost) {
    this.#roost = roost;
  }

  /** All that it holds, as it is sent. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The id of the session. */
  get session(): string {
    return this.#cookies.get('roost_console') ?? '';
  }

  /** What the browser is known by. */
  get device(): string {
    return this.#cookies.get('roost_console_device') ?? '';
  }

  /** The same browser later: what it is known by is left. */
  forgetSession(): void {
    this.#cookies.delete('roost_console');
  }

  async open(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#keep(await this.#roost.call('GET', path, this.#with(headers)));
  }

  async send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const form = { form_token: this.#token, ...fields };
    return this.#keep(await this.#roost.call('POST', path, { ...this.#with(headers), form }));
  }

  /** What the page at `path` shows to be enrolled. */
  async enrolment(): Promise<App> {
    return appOn(this.#roost, (await this.open('/console/second')).text);
  }

  #with(headers: Record<string, string>) {
    return { key: null, headers: { ...(this.cookie === '' ? {} : { cookie: this.cookie }), ...headers } };
  }

  #keep(answer: Answer): Answer {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    this.#token = /name="form_token" value="([^"]+)"/.exec(answer.text)?.[1] ?? this.#token;
    return answer;
  }
}

export function appOn(roost: StartedRoost, page: string): App {
  const secret = fromBase32(/<code class="key">([^<]+)</.exec(page)?.[1] ?? '');
  const factor = /name="factor" value="([0-9a-f]{32})"/.exec(page)?.[1];
  assert.ok(secret !== null && factor !== undefined, page);
  return { factor, code: () => totp(USUAL_TOTP, secret, roost.roost.store.nowMs()) };
}

/** The first owner, with a password and no second factor yet. */
export async function joinAsOwner(roost: StartedRoost, name = 'ann'): Promise<Browser> {
  const link = await roost.roost.consoleLink('first');
  assert.ok(link !== null);
  const browser = new Browser(roost);
  const joined = await browser.send(link, { name, password: PASSWORD });
  assert.equal(joined.headers.get('location'), '/console/second', joined.text);
  return browser;
}

/** The first owner, signed in with password and app, just now. */
export async function signedInOwner(roost: StartedRoost): Promise<{ browser: Browser; app: App }> {
  const browser = await joinAsOwner(roost);
  const app = await browser.enrolment();
  const done = await browser.send('/console/second', { factor: app.factor, code: app.code() });
  assert.equal(done.headers.get('location'), '/console', done.text);
  return { browser, app };
}

/** Somebody who has the password and nothing else. */
export async function halfIn(roost: StartedRoost, name = 'ann'): Promise<Browser> {
  const browser = new Browser(roost);
  const half = await browser.send('/console/sign-in', { name, password: PASSWORD });
  assert.equal(half.status, 303, half.text);
  return browser;
}
