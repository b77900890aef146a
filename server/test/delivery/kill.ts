import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Served, serve } from '../operations/support.ts';
import { LIVE_KEY, type Scope, startRoost } from '../support/roost.ts';
import { type Acknowledged, createAll, judge, settledAll, type Verdict } from './faults.ts';
import { type Gateway, httpProvider } from './gateway.ts';

export type KillPlan = {
  readonly crashes: number;
  /** How many verifications a server acknowledges before it is killed. */
  readonly each: (round: number) => number;
};

/**
 * Lets a server send codes through gateways and kills it again and again (SIGKILL), each time over the same data; then
 * lets a last one finish, and judges what the gateways saw of all that was acknowledged.
 */
export async function killRounds(t: Scope, gateways: readonly Gateway[], plan: KillPlan): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-killed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  const providers = Object.fromEntries(gateways.map((gateway, i) => [`gateway-${i}`, httpProvider(gateway)]));
  writeFileSync(
    file,
    JSON.stringify({ providers, policy: { failOverSeconds: 1 }, guard: { countries: '*' } }),
  );
  const env = {
    ...{ ROOST_DATA: join(folder, 'data'), ROOST_CONFIG: file, ROOST_LIVE_KEY: LIVE_KEY },
    ...{ ROOST_PUBLIC_URL: 'https://verify.example.com', ROOST_GUARD: 'monitor-live' },
  };
  const made: Acknowledged[] = [];
  let first = 0;
  for (let round = 0; round < plan.crashes; round += 1) {
    const served = await serve(t, { env });
    const enough = plan.each(round);
    let acknowledged = 0;
    // Twice as many as it may acknowledge: it dies with creates and sendings under way.
    const batch = await createAll(enough * 2, 8, first, async (recipient) => {
      const id = await createAt(served, recipient);
      if (id !== null) acknowledged += 1;
      if (acknowledged === enough) served.child.kill('SIGKILL');
      return id;
    });
    first += enough * 2;
    made.push(...batch);
    if (served.child.signalCode === null && served.child.exitCode === null) await once(served.child, 'exit');
  }
  const last = await startRoost(t, { env, folder: env.ROOST_DATA });
  await settledAll(last, 60_000);
  return judge(last, made, gateways, plan.crashes);
}

/** The id of a new verification; null when the server died before it answered. */
async function createAt({ url }: Served, recipient: string): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/verify`, {
      method: 'POST',
      headers: { authorization: `AccessKey ${LIVE_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ recipient, timeout: 300 }),
    });
    return answer.status === 201 ? ((await answer.json()) as { id: string }).id : null;
  } catch {
    return null;
  }
}
