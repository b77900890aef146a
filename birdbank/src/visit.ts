import type { Html } from './html.ts';
import type { SessionData } from './session-data.ts';

/** One request of one browser, as a page sees it. */
export type Visit = {
  /** What a page leaves here is there at the next visit. */
  session: SessionData;
  readonly nowMs: number;
  /** Goes into every form: without it nothing is accepted back. */
  readonly csrfField: () => Html;
  /** Gives the session a new id: whoever knew the old one is out. */
  readonly renewId: () => void;
  readonly params: { readonly [name: string]: string | undefined };
  /** A field of the form that was sent, without spaces around it; empty when it was not. */
  readonly field: (name: string) => string;
};
export type Page = {
  readonly title: string;
  readonly main: Html;
  /** How far the visitor has come, of three steps. */
  readonly step?: 1 | 2 | 3;
  readonly status?: number;
};
export type Answer = Page | { readonly redirectTo: string };
export type Handler = (visit: Visit) => Answer | Promise<Answer>;
