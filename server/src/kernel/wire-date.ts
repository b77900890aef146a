/** `2024-01-02T03:04:05+00:00`: whole seconds and an offset, as all clients expect (wire contract, R17). */
export const wireDate = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;

/** The same of a moment that is waited for: the next whole second, so that nobody comes back too early. */
export const wireDateFrom = (ms: number): string => wireDate(Math.ceil(ms / 1000) * 1000);
