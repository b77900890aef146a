import type { Breaker } from '../../domain/breaker.ts';
import type { Table } from '../table.ts';

export type BreakerKey = { readonly provider: string };

export const breakers: Table<Breaker, BreakerKey> = {
  name: 'breakers',
  columns: {
    provider: 'text',
    state: 'text',
    window_at_ms: 'int',
    failures: 'int',
    successes: 'int',
    openings: 'int',
    until_ms: 'int',
  },
  key: ['provider'],
  mutable: ['state', 'window_at_ms', 'failures', 'successes', 'openings', 'until_ms'],
  keyValues: ({ provider }) => [provider],
  keyOf: (breaker) => breaker,
  toRow: (b) => [b.provider, b.state, b.windowAtMs, b.failures, b.successes, b.openings, b.untilMs],
  fromRow: (row) => ({
    provider: row[0] as string,
    state: row[1] as Breaker['state'],
    windowAtMs: row[2] as number,
    failures: row[3] as number,
    successes: row[4] as number,
    openings: row[5] as number,
    untilMs: row[6] as number,
  }),
};
