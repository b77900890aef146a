import type { FailureCode } from '../kernel/failure.ts';

/** The header `Link` of a refusal (RFC 8288): where its cause and its cure are told, on this server. */
export const helpWith = (code: FailureCode): string => `</docs/errors#${code}>; rel="help"`;
