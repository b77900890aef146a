import { saidSetting, shownSettings } from '../config/shown.ts';
import { type Command, NO_OPTIONS } from './command.ts';

export const settings: Command = {
  does: 'Shows every setting in effect and where it comes from, secrets hidden',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Reads the environment and the configuration file as roost serve does, and judges all of it.',
    'Ends with 1, and every problem on a line of its own, when roost serve would not start with it.',
  ],
  examples: ['roost config', 'ROOST_CONFIG=/etc/roost.json roost config --json'],
  async run({ env, folder, readConfig, providerReaders }) {
    const readers = await providerReaders();
    const shown = shownSettings(readConfig(env, folder, readers), readers);
    const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
    return {
      json: { settings: shown },
      text: shown.map(
        ({ name, value, source: from }) => `${name.padEnd(width)}${saidSetting(value)}  (${from})`,
      ),
    };
  },
};
