export const MODES = ['live', 'test'] as const;
export type Mode = (typeof MODES)[number];

/** A project in one mode: what an access key opens. Test and live objects never see each other. */
export type Scope = { readonly projectId: string; readonly mode: Mode };
export type Key = Scope & { readonly id: string };
export type UserKey = Scope & { readonly userKey: string };
export type RecipientKey = Scope & { readonly recipientKey: string };
