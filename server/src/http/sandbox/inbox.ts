import type { FastifyRequest } from 'fastify';
import type { InboxMessage, InboxQuery } from '../../app/delivery/inbox.ts';
import type { Assets } from '../assets.ts';

/** Whose messages somebody with a key may read. */
export type Reader = NonNullable<InboxQuery['scope']>;

/** What the sandbox's pages need from the house. */
export type SandboxDeps = {
  readonly assets: Assets;
  readonly inbox: {
    /**
     * Unexpired messages that the sandbox carried, oldest first: the first `limit` after `query.after`, without it
     * the newest `limit`. Throws a Failure for a recipient or a message id that cannot be read.
     */
    list(query: InboxQuery): Promise<Listed>;
    /** Calls the listener after something changed in this process, until the returned function is called. */
    watch(listener: () => void): () => void;
  };
  authenticate(authorization: string | undefined): Reader | null | Promise<Reader | null>;
  /** Whether this request may see the sandbox at all: loopback, or switched on by name. */
  allowed(request: FastifyRequest): boolean;
};
export type Listed = { readonly messages: readonly InboxMessage[]; readonly nowMs: number };
