import { STAFF_PROJECT } from '../operator.ts';
import type { Mode } from '../scope.ts';
import { groupOf } from './figures.ts';

/**
 * What is shown first: live, as soon as there is anything live to look at. What operators send themselves to try a provider
 * is none of it.
 */
export function usualMode(groups: readonly string[]): Mode {
  const own = groupOf('live', STAFF_PROJECT);
  return groups.some((group) => group.startsWith('live ') && group !== own) ? 'live' : 'test';
}
