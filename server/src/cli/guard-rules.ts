import { inForce, rulesOver } from '../config/layers.ts';
import { type Rule, STANDARD_RULES } from '../domain/guard/rules.ts';
import { textOfEntry } from '../domain/layer.ts';
import type { Command } from './command.ts';
import { lookAt, OF_PROJECT, projectOf } from './layer-editing.ts';
import { draftRuleChanges, lineOfRule } from './layer-words.ts';

export const guardRules: Command = {
  does: 'Lists the rules in force, where each comes from, and what a draft in the console would change',
  words: [],
  options: { project: { type: 'string' } },
  optionWords: [OF_PROJECT],
  more: [
    'A rule ships, is changed by roost.config.json, or by the console over it. Nothing is changed. May run while Roost serves.',
  ],
  examples: ['roost guard rules', 'roost guard rules --project shop --json'],
  async run(surroundings, given) {
    const project = projectOf(given);
    return lookAt(surroundings, 'guard', project, async (looking) => {
      const { below, layers, layer } = looking;
      const { guardRules: file } = below;
      const rules = rulesOver(file, inForce(layers, 'guard'), project);
      const changes = draftRuleChanges(looking);
      const told = rules.map((rule) => ({ from: whenceOf(rule, file), ...rule }));
      const width = Math.max(...told.map(({ id }) => id.length)) + 2;
      return {
        json: {
          project,
          version: layer.version,
          rules: told,
          draft: layer.draft === null ? null : { changes },
        },
        text: [
          ...told.map(({ id, mode, from, kind, ...rule }) =>
            [id.padEnd(width), mode.padEnd(9), from.padEnd(9), numbersOf(rule)].join(''),
          ),
          ...(layer.draft === null ? [] : ['', 'A draft would change:', ...changes.map(lineOfRule)]),
        ],
      };
    });
  },
};

function whenceOf(rule: Rule, file: readonly Rule[]): 'console' | 'file' | 'ships' {
  const of = (rules: readonly Rule[]) => textOfEntry(rules.find(({ id }) => id === rule.id));
  if (of(file) !== textOfEntry(rule)) return 'console';
  return of(STANDARD_RULES) === textOfEntry(rule) ? 'ships' : 'file';
}

const numbersOf = (rule: object): string =>
  Object.entries(rule)
    .filter(([name, value]) => name !== 'id' && value !== undefined)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : (value ?? 'all')}`)
    .join(', ');
