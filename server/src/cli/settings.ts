import { readLayers } from '../app/layers/read.ts';
import { type Shown, saidSetting, shownLayers, shownSettings } from '../config/shown.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';
import { told } from './told.ts';

export const settings: Command = {
  does: 'Shows every setting in effect and where it comes from, secrets hidden',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Reads the environment and the configuration file as roost serve does, and judges all of it. What is set in the',
    'console lies over the file; it stands in the database, and is shown where that can be asked.',
    'Ends with 1, and every problem on a line of its own, when roost serve would not start with it.',
  ],
  examples: ['roost config', 'ROOST_CONFIG=/etc/roost.json roost config --json'],
  async run(surroundings) {
    const { env, folder, readConfig, providerReaders } = surroundings;
    const readers = await providerReaders();
    const ofFile = shownSettings(readConfig(env, folder, readers), readers);
    const { layers, unread } = await layersIn(surroundings);
    const shown = [...ofFile, ...layers];
    const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
    return {
      json: { settings: shown, ...(unread === null ? {} : { unread }) },
      text: [
        ...shown.map(
          ({ name, value, source: from }) => `${name.padEnd(width)}${saidSetting(value)}  (${from})`,
        ),
        ...(unread === null ? [] : [`What is set in the console is not known: ${unread}`]),
      ],
    };
  },
};

/** What is set in the console, or why it cannot be told. */
async function layersIn(
  surroundings: Surroundings,
): Promise<{ readonly layers: readonly Shown[]; readonly unread: string | null }> {
  try {
    const layers = await withStore(surroundings, (store) => readLayers({ store }));
    return { layers: shownLayers(layers), unread: null };
  } catch (error) {
    return { layers: [], unread: told(error).join(' ') };
  }
}
