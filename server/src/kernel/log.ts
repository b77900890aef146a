import { pino } from 'pino';
import { maskText } from './mask.ts';
import { currentRequest } from './request-scope.ts';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';
export const LOG_LEVELS: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug'];

export type Facts = { readonly [name: string]: string | number | boolean | null | undefined };
export type Log = {
  debug(event: string, facts?: Facts): void;
  info(event: string, facts?: Facts): void;
  warn(event: string, facts?: Facts): void;
  error(event: string, facts?: Facts, cause?: unknown): void;
};

/**
 * Structured lines on standard output. Every text passes the masker, so a code, key, address or number that
 * slips into a fact or an error's text does not reach the log. What is logged while a request is answered carries its id
 * as `request`, the same as its `Request-Id` header.
 */
export function createLog(level: LogLevel, stream?: { write(line: string): void }): Log {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const out = stream === undefined ? pino(options) : pino(options, stream);
  return {
    debug: (event, facts = {}) => out.debug(masked(facts), event),
    info: (event, facts = {}) => out.info(masked(facts), event),
    warn: (event, facts = {}) => out.warn(masked(facts), event),
    error: (event, facts = {}, cause) => out.error({ ...masked(facts), ...told(cause) }, event),
  };
}

function masked(facts: Facts): Record<string, unknown> {
  const request = currentRequest();
  const safe: Record<string, unknown> = request === undefined ? {} : { request };
  for (const [name, value] of Object.entries(facts)) {
    // Ids of requests are our own, and one that happens to be all digits must still be found.
    safe[name] = typeof value === 'string' && name !== 'request' ? maskText(value) : value;
  }
  return safe;
}

function told(cause: unknown): Record<string, unknown> {
  if (cause === undefined) return {};
  if (!(cause instanceof Error)) return { cause: maskText(String(cause)) };
  return { cause: maskText(`${cause.name}: ${cause.message}`), stack: maskText(cause.stack ?? '') };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
