export type Seen = {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Where it was at last, below the origin. */
  readonly path: string;
};
type Form = Record<string, string>;
type SendOptions = { readonly headers?: Record<string, string>; readonly csrf?: string | null };

/** Somebody with a cookie jar who follows redirects, as a browser without scripts does. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  /** Sent with every request. */
  readonly headers: Record<string, string> = {};
  readonly #origin: string;
  /** The `csrf_token` of the page seen last. */
  csrf = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  open(path: string, headers: Record<string, string> = {}): Promise<Seen> {
    return this.#go('GET', path, undefined, headers);
  }

  /** Sends a form as the page seen last would. `csrf: null` leaves the token out. */
  send(path: string, form: Form, { headers = {}, csrf = this.csrf }: SendOptions = {}): Promise<Seen> {
    const fields = csrf === null ? form : { ...form, csrf_token: csrf };
    return this.#go('POST', path, new URLSearchParams(fields), headers);
  }

  /** Asks for a code, and answers the page where it is entered. */
  async askForCode(number: string, country = ''): Promise<Seen> {
    await this.open('/');
    return this.send('/', { number, country });
  }

  async #go(
    method: string,
    path: string,
    body: URLSearchParams | undefined,
    headers: Record<string, string>,
  ): Promise<Seen> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const init: RequestInit = {
      method,
      headers: { ...this.headers, ...headers, cookie },
      redirect: 'manual',
    };
    const response = await fetch(this.#origin + path, body === undefined ? init : { ...init, body });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      this.cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (response.status === 303 && location !== null) {
      await response.text();
      return this.#go('GET', location, undefined, {});
    }
    const html = await response.text();
    this.csrf = /name="csrf_token" value="([^"]+)"/.exec(html)?.[1] ?? '';
    return { status: response.status, headers: response.headers, html, path };
  }
}

/** What a page says above its form when something went wrong. */
export function problemsIn({ html }: Seen): string[] {
  const box = /<div class="problem"[\s\S]*?<\/div>/.exec(html)?.[0] ?? '';
  return [...box.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, item = '']) => textOf(item));
}

/** The text of some markup, its tags and references taken away. */
export const textOf = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
    .trim();

/** The value that a field of the page holds. */
export const fieldValue = ({ html }: Seen, id: string): string | undefined =>
  new RegExp(`id="${id}"[^>]*? value="([^"]*)"`).exec(html)?.[1];
