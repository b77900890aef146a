import { createAudit } from '../app/audit.ts';
import { publishDraft } from '../app/layers/edit.ts';
import { readLayer, readLayers } from '../app/layers/read.ts';
import { inForce, layerProblems, rulesOver, withDocument } from '../config/layers.ts';
import { type RuleChange, ruleChanges } from '../domain/guard/changes.ts';
import { type Rule, STANDARD_RULES } from '../domain/guard/rules.ts';
import {
  EVERY_PROJECT,
  type LayerDocument,
  type LayerKey,
  LONGEST_NOTE,
  textOfEntry,
} from '../domain/layer.ts';
import { type Command, type Given, WrongUsage } from './command.ts';
import { COMMAND_LINE, existingMasterKey, readSettings, withStore } from './store-tools.ts';

const PROJECT = /^(?:\*|[a-z0-9][a-z0-9-]{0,39})$/;
const OF_PROJECT = [
  '--project shop',
  'of one project; without it of every project that says nothing else',
] as const;

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
    const { guardRules: file } = readSettings(surroundings);
    return withStore(surroundings, async (store) => {
      const documents = inForce(await readLayers({ store }), 'guard');
      const layer = await readLayer({ store }, { part: 'guard', projectId: project });
      const rules = rulesOver(file, documents, project);
      const changes =
        layer.draft === null
          ? []
          : ruleChanges(
              rules,
              rulesOver(file, withDocument(documents, layer, layer.draft.document), project),
            );
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
          ...(layer.draft === null ? [] : ['', 'A draft would change:', ...changes.map(lineOfChange)]),
        ],
      };
    });
  },
};

export const guardEnforce: Command = {
  does: 'Puts the draft of rules that was written in the console in force',
  words: [],
  options: { project: { type: 'string' }, note: { type: 'string' } },
  optionWords: [
    OF_PROJECT,
    ['--note TEXT', `why, up to ${LONGEST_NOTE} characters; stands in the list of versions`],
  ],
  more: ['Nodes that run go by it within a second. roost guard rules shows what it changes.'],
  examples: ['roost guard enforce --note "calmer after the flood"'],
  async run(surroundings, given) {
    const projectId = projectOf(given);
    const { note = '' } = given.options;
    if (typeof note !== 'string' || note.length > LONGEST_NOTE)
      throw new WrongUsage(`--note: say why, in up to ${LONGEST_NOTE} characters`);
    const config = readSettings(surroundings);
    const masterKey = existingMasterKey(config);
    return withStore(surroundings, async (store) => {
      const layers = await readLayers({ store });
      const below = { ...config, carries: new Map() };
      const deps = {
        ...{ store, audit: createAudit({ store, masterKey, node: COMMAND_LINE }) },
        problemsOf: (key: LayerKey, document: LayerDocument) =>
          layerProblems(below, inForce(layers, key.part), key, document),
      };
      const layer = await readLayer({ store }, { part: 'guard', projectId });
      if (layer.draft === null) throw new Error('there is no draft; write one in the console under Guard');
      const { number } = layer.draft;
      const edited = await publishDraft(deps, null, layer, { number, version: layer.version, note });
      if (edited.kind === 'stale') throw new Error('somebody changed it just now; look at it and try again');
      if (edited.kind === 'refused') throw new Error(edited.problems.join('\n'));
      const { version } = edited.layer;
      return {
        json: { project: projectId, version },
        text: [`Version ${version} is in force. Nodes that run go by it within a second.`],
      };
    });
  },
};

function projectOf({ options: { project = EVERY_PROJECT } }: Given): string {
  if (typeof project !== 'string' || !PROJECT.test(project))
    throw new WrongUsage('--project: name a project with small letters, digits and dashes, or * for all');
  return project;
}

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

const lineOfChange = ({ rule, change, fields }: RuleChange): string =>
  `  ${rule}: ${change === 'changed' ? fields.map(({ name, from, to }) => `${name} ${from} -> ${to}`).join(', ') : change}`;
