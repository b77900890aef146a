import { createAudit } from '../../src/app/audit.ts';
import { type EditDeps, type Edited, editDraft, publishDraft } from '../../src/app/layers/edit.ts';
import { readLayer } from '../../src/app/layers/read.ts';
import { type Below, inForce, layerProblems } from '../../src/config/layers.ts';
import { STANDARD_RULES } from '../../src/domain/guard/rules.ts';
import { entryAt, type LayerKey, textOfEntry } from '../../src/domain/layer.ts';
import { CHANNELS } from '../../src/domain/message.ts';
import type { StartedRoost } from '../support/roost.ts';

/** What the file says where there is none. */
const BELOW: Below = {
  ...{ guardRules: STANDARD_RULES, routes: null, templates: {} },
  carries: new Map([['sandbox', CHANNELS]]),
};

/** Edits as the console does it, on the store of a Roost without a configuration file. */
export function editingOf({ roost: { store, masterKey } }: StartedRoost): EditDeps {
  return {
    ...{ store, audit: createAudit({ store, masterKey, node: 'test' }) },
    problemsOf: (key, document) => layerProblems(BELOW, inForce([], key.part), key, document),
  };
}

/** Puts an entry in force, and fails when that is not done. */
export async function put(
  roost: StartedRoost,
  key: LayerKey,
  path: readonly string[],
  entry: unknown,
): Promise<number> {
  const deps = editingOf(roost);
  const { document } = await readLayer(deps, key);
  const was = textOfEntry(entryAt(document, path));
  const { draft } = done(await editDraft(deps, null, key, [{ path, entry, was }]));
  const seen = { number: draft?.number ?? 0, version: (await readLayer(deps, key)).version, note: '' };
  return done(await publishDraft(deps, null, key, seen)).version;
}

export function done(edited: Edited) {
  if (edited.kind !== 'done') throw new Error(`it is ${edited.kind}: ${JSON.stringify(edited)}`);
  return edited.layer;
}
