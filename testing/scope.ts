/** What a test tool needs of a test: a way to tidy up after it. `node:test`'s context is one, and so is its module. */
export type Scope = { after(work: () => void | Promise<void>): void };
