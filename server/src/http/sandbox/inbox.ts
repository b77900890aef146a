import type { FastifyRequest } from 'fastify';
import type { InboxMessage, InboxQuery } from '../../app/delivery/inbox.ts';
import type { FaultChange, SandboxFault } from '../../domain/sandbox-faults.ts';
import type { Key } from '../../domain/scope.ts';
import type { Verification } from '../../domain/verification.ts';
import type { Assets } from '../assets.ts';

/** Whose messages somebody with a key may read, and the mask of the scopes of that key. */
export type Reader = NonNullable<InboxQuery['scope']> & { readonly scopeMask: number };

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
  readonly faults: {
    /** Those in force now. */
    list(): Promise<readonly SandboxFault[]>;
    /** @param who whose key it was; null for who used the phone, which wants none */
    change(change: FaultChange, who: Reader | null): Promise<void>;
  };
  /** Lets time pass for one verification. Both throw a Failure for what is not there, is live, or is no time. */
  readonly clock: {
    age(key: Key, seconds: unknown): Promise<Verification>;
    /** The verification that a message belongs to, whichever key made it. */
    ageMessage(messageId: string, seconds: unknown): Promise<Verification>;
  };
  authenticate(authorization: string | undefined): Reader | null | Promise<Reader | null>;
  /** Whether this request may see the sandbox at all: loopback, or switched on by name. */
  allowed(request: FastifyRequest): boolean;
};
export type Listed = { readonly messages: readonly InboxMessage[]; readonly nowMs: number };
