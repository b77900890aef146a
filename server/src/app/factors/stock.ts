import type { TokenFactor } from '../../domain/factor.ts';
import type { Token } from '../../domain/token.ts';
import { type Transaction, tables } from '../../store/store.ts';

/** The token of a factor that is removed goes back to the stock, and remembers which of its codes are used up. */
export async function returnToStock(tx: Transaction, factor: TokenFactor): Promise<void> {
  if (factor.serial === null) return;
  const { projectId, mode, serial } = factor;
  const token = await tx.get(tables.tokens, { projectId, mode, serial });
  if (token?.state !== 'assigned' || token.factorId !== factor.id) return;
  const memory = { memory: factor.memory } as Pick<Token, 'memory'>;
  tx.update(tables.tokens, { ...token, ...memory, state: 'stock', factorId: null } as Token);
}
