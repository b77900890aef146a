import type { Random } from './random.ts';

/** An id on the wire: 128 random bits as 32 lower-case hexadecimal characters. */
export const newId = (random: Random): string => random.bytes(16).toString('hex');

const ID = /^[0-9a-f]{32}$/;

export const isId = (text: string): boolean => ID.test(text);

/** Ids of requests: unique in a process and cheap; they are for finding log lines, nothing trusts them. */
export function requestIds(random: Random): () => string {
  const prefix = random.bytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
