import { AsyncLocalStorage } from 'node:async_hooks';

/** Which request it is that everything under way belongs to. */
const scope = new AsyncLocalStorage<string>();

/** Runs `work`, and all that follows from it, as part of a request. */
export const withinRequest = <T>(id: string, work: () => T): T => scope.run(id, work);

/**
 * Runs `work` as part of no request: for what goes on after one, or serves many. Otherwise a connection opened for one
 * request, or a batch that its work began, would be taken for its own ever after.
 */
export const outsideRequests = <T>(work: () => T): T => scope.exit(work);

/** The id of the request that is being answered; undefined outside of all. */
export const currentRequest = (): string | undefined => scope.getStore();
