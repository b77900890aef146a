import type { Html } from './html.ts';
import type { SessionData } from './session-data.ts';
import type { Words } from './words/words.ts';

/** One request of one browser, as every page sees it. */
export type BaseVisit = {
  readonly nowMs: number;
  /** Everything BirdBank says, in the reader's language. */
  readonly words: Words;
  /** Goes into every form: without it nothing is accepted back. */
  readonly csrfField: () => Html;
  /** Gives the session a new id: whoever knew the old one is out. */
  readonly renewId: () => void;
  readonly params: { readonly [name: string]: string | undefined };
  /** A field of the form that was sent, without spaces around it; empty when it was not. */
  readonly field: (name: string) => string;
  /** A field to the letter, for passwords. */
  readonly secretField: (name: string) => string;
  readonly place: Place;
};
/** From where a request came. */
export type Place = {
  readonly clientIp: string;
  /** A proxy that nobody named says that the request comes from elsewhere; so may whoever calls us. */
  readonly isOfProxy: boolean;
  /** What we call the browser, under our key; null while it has no name. */
  readonly device: Buffer | null;
  /** What the browser calls itself, such as `Firefox on Linux`. */
  readonly label: string;
};
/** One request of a browser where nobody is signed in. Of customers: see customer.ts. */
export type Visit = BaseVisit & {
  /** What a page leaves here is there at the next visit. */
  session: SessionData;
  /** Begins a customer's session in place of this one. Both factors have been shown. */
  readonly signIn: (started: Started) => void;
};
/** `fresh` is the factor that was shown just now; null on a trusted device, where none was. */
export type Started = {
  readonly customerId: string;
  readonly fresh: { readonly atMs: number; readonly factorId: string } | null;
  readonly isTrusted: boolean;
};
export type Page = {
  readonly title: string;
  readonly main: Html;
  /** How far the visitor has come, of three steps. */
  readonly step?: 1 | 2 | 3;
  readonly status?: number;
  /** Whether it needs more width than a form. */
  readonly isWide?: boolean;
};
/** Something else than a page. */
export type File = {
  readonly file: string;
  /** Media type. */
  readonly type: string;
  /** Name under which it is to be saved; null for what is shown. */
  readonly download: string | null;
};
export type Redirect = { readonly redirectTo: string };
export type Answer = Page | File | Redirect;
export type Handler = (visit: Visit) => Answer | Promise<Answer>;
