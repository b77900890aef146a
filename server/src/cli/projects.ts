import { listKeys } from '../app/access/keyring.ts';
import { readLayers } from '../app/layers/read.ts';
import { isInForce } from '../domain/access-key.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { counted, readSettings, withStore } from './store-tools.ts';

export const projects: Command = {
  does: 'Lists the projects: what has access keys, users and figures of its own',
  words: [],
  ...NO_OPTIONS,
  more: [
    'A project has no row of its own, so there is nothing to make or delete: it is there as soon as an access key opens it,',
    'or templates in the configuration file or the console are for it. Keys that Roost makes open the project default.',
  ],
  examples: ['roost projects', 'roost projects --json'],
  run(surroundings) {
    const { templates } = readSettings(surroundings);
    return withStore(surroundings, async (store) => {
      const keys = await listKeys(store);
      const layers = (await readLayers({ store })).filter(
        ({ part, version }) => part === 'templates' && version > 0,
      );
      const written = [...Object.keys(templates), ...layers.map(({ projectId }) => projectId)];
      const named = [...new Set(written)].filter((name) => name !== '*');
      const names = [...new Set([...keys.map(({ projectId }) => projectId), ...named])].sort();
      const shown = names.map((name) => {
        const inForce = keys.filter((key) => key.projectId === name && isInForce(key, store.nowMs()));
        const ofMode = (wanted: string) => inForce.filter(({ mode }) => mode === wanted).length;
        const times = keys
          .filter(({ projectId }) => projectId === name)
          .map(({ createdAtMs }) => createdAtMs);
        const since = times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
        return {
          name,
          since,
          liveKeys: ofMode('live'),
          testKeys: ofMode('test'),
          hasTemplates: named.includes(name),
        };
      });
      const lines = shown.map(({ name, since, liveKeys, testKeys, hasTemplates }) =>
        [
          ...[name.padEnd(20), since ?? 'no key yet'.padEnd(24), `${liveKeys} live, ${testKeys} test`],
          ...(hasTemplates ? ['own templates'] : []),
        ].join('  '),
      );
      return { json: { projects: shown }, text: [...lines, counted(shown.length, 'project')] };
    });
  },
};
