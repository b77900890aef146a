import { composeRoost } from '../../server/src/compose.ts';
import { readConfig } from '../../server/src/config.ts';
import { systemClock } from '../../server/src/kernel/clock.ts';
import { createLog } from '../../server/src/kernel/log.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { tables } from '../../server/src/store/store.ts';
import { signedIn } from '../../server/test/console/visitor.ts';
import type { StartedRoost } from '../../server/test/support/roost.ts';

/** A Roost in a process of its own, on the folder that it is given, with somebody signed in to its console. */
export const TEST_KEY = 'test_BENCHtestBENCHtestBENCHtest';
const LEASE = 'figures are counted by';

if (process.send !== undefined) {
  const folder = process.argv[2] ?? '';
  const log = createLog('error', process.stderr);
  const config = readConfig({ ROOST_PORT: '0', ROOST_DATA: folder }, folder);
  const roost = await composeRoost(config, { clock: systemClock, random: systemRandom, log });
  await roost.provision({ live: null, test: TEST_KEY });
  const url = await roost.start();
  const { cookie } = await signedIn({ roost, url } as StartedRoost, 'owner');
  process.on('message', (said: 'hold' | 'count' | 'stop') => void hear(said));
  process.send({ url, cookie });

  /** While somebody else is said to count, this process does not. */
  async function hear(said: 'hold' | 'count' | 'stop'): Promise<void> {
    if (said === 'stop') {
      await roost.stop();
      process.disconnect();
      return;
    }
    const untilMs = said === 'hold' ? Date.now() + 3_600_000 : 0;
    await roost.store.transaction(async (tx) => {
      const known = await tx.get(tables.settings, { name: LEASE });
      const next = { name: LEASE, value: `bench ${untilMs}` };
      if (known === null) tx.insert(tables.settings, next);
      else tx.update(tables.settings, next);
    });
    process.send?.({ cpuMs: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000 });
  }
}
