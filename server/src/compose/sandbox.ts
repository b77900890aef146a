import type { Audit } from '../app/audit.ts';
import { letTimePass, letTimePassFor } from '../app/sandbox/age.ts';
import { type Faults, noteFaults } from '../app/sandbox/faults.ts';
import type { SandboxDeps } from '../http/sandbox/inbox.ts';
import type { Store } from '../store/store.ts';

type SwitchDeps = {
  readonly store: Store;
  readonly audit: Audit;
  readonly faults: Faults;
  readonly changed: () => void;
};

/** What the phone and test keys may switch; each switching is in the audit log. */
export function sandboxSwitches({
  store,
  audit,
  faults,
  changed,
}: SwitchDeps): Pick<SandboxDeps, 'faults' | 'clock'> {
  const aging = (by: string) => ({
    ...{ store, changed },
    note: (tx: Parameters<Audit['note']>[0], object: string, seconds: number) =>
      audit.note(tx, { actor: null, action: 'sandbox.age', object, result: `${seconds} s, ${by}` }),
  });
  return {
    faults: {
      list: faults.list,
      change: (change, who) => {
        const by = who === null ? ON_THE_PHONE : ofKey(who.projectId);
        return faults.change(change, (tx) => noteFaults(audit, tx, change, { actor: null, by }));
      },
    },
    clock: {
      age: (key, seconds) => letTimePass(aging(ofKey(key.projectId)), key, seconds),
      ageMessage: (id, seconds) => letTimePassFor(aging(ON_THE_PHONE), id, seconds),
    },
  };
}

const ON_THE_PHONE = 'on the sandbox phone';
const ofKey = (projectId: string): string => `by a test key of ${projectId}`;
