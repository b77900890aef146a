// The driver's own process: takes one order at a time from its parent and answers with what it measured.
import type { Ticket } from './dialects.ts';
import { fillPool, type LoadSpec, runLoad } from './load.ts';

export type Order =
  | { readonly kind: 'run'; readonly spec: LoadSpec; readonly pool: string }
  | { readonly kind: 'fill'; readonly spec: LoadSpec; readonly pool: string; readonly count: number }
  | { readonly kind: 'give'; readonly pool: string; readonly tickets: readonly Ticket[] };

const pools = new Map<string, Ticket[]>();

function poolOf(name: string): Ticket[] {
  let pool = pools.get(name);
  if (pool === undefined) {
    pool = [];
    pools.set(name, pool);
  }
  return pool;
}

async function obey(order: Order): Promise<unknown> {
  const pool = poolOf(order.pool);
  if (order.kind === 'give') return void pool.push(...order.tickets);
  return order.kind === 'run' ? runLoad(order.spec, pool) : fillPool(order.spec, order.count, pool);
}

process.on('message', (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
