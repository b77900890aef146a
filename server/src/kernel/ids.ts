import type { Random } from './random.ts';

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
