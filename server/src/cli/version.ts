import phoneNumbers from 'libphonenumber-js/package.json' with { type: 'json' };
import { VERSION } from '../kernel/version.ts';
import { type Command, NO_OPTIONS } from './command.ts';

export const version: Command = {
  does: 'Says which Roost this is',
  words: [],
  ...NO_OPTIONS,
  more: [],
  examples: ['roost version', 'roost version --json'],
  async run() {
    const facts = { version: VERSION, node: process.versions.node, phoneMetadata: phoneNumbers.version };
    return {
      json: facts,
      text: [`Roost ${VERSION}, on Node ${facts.node}, with phone metadata ${facts.phoneMetadata}`],
    };
  },
};
