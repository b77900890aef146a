import type { Config } from '../config.ts';
import { systemClock } from '../kernel/clock.ts';
import { systemRandom } from '../kernel/random.ts';
import { readProviderSettings } from './providers.ts';

/** What a provider says when it is asked without anything being sent. */
export type Examined = {
  readonly id: string;
  readonly kind: string;
  readonly outcome:
    | { readonly kind: 'good'; readonly note: string | null }
    | { readonly kind: 'bad'; readonly reason: string }
    /** It has no call that sends nothing. */
    | { readonly kind: 'not-checked' };
};

const PATIENCE_MS = 10_000;

/** Asks every configured provider whether it can be reached and takes our credentials. Nothing is sent. */
export async function examineProviders(config: Config): Promise<readonly Examined[]> {
  const made = readProviderSettings(config).map(({ id, make }) =>
    make(id, { nowMs: systemClock, random: systemRandom }),
  );
  const kinds = new Map(config.providers.map(({ id, kind }) => [id, kind]));
  return Promise.all(
    made.map(async (provider): Promise<Examined> => {
      const about = { id: provider.id, kind: kinds.get(provider.id) ?? '' };
      try {
        const check = provider.check?.(AbortSignal.timeout(PATIENCE_MS));
        return { ...about, outcome: (await check) ?? { kind: 'not-checked' } };
      } catch {
        return { ...about, outcome: { kind: 'bad', reason: 'its check failed unexpectedly' } };
      } finally {
        await provider.close?.(AbortSignal.timeout(1_000)).catch(() => {});
      }
    }),
  );
}
