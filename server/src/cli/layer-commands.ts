import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { draftVersion, dropDraft, editDraft, publishDraft } from '../app/layers/edit.ts';
import { versionsOf } from '../app/layers/read.ts';
import { isObject } from '../config/reading.ts';
import { type Layer, type LayerDocument, type LayerPart, textOfEntry } from '../domain/layer.ts';
import type { Command, Told } from './command.ts';
import {
  change,
  type Editing,
  lookAt,
  NOTE,
  noteOf,
  OF_PROJECT,
  projectOf,
  settled,
  versionOf,
} from './layer-editing.ts';
import {
  dateOf,
  draftChanges,
  draftRuleChanges,
  lineOfChange,
  lineOfRoutes,
  lineOfRule,
  linesOfEffect,
  linesOfStanding,
  routesInForce,
  textsInForce,
} from './layer-words.ts';
import type { Surroundings } from './surroundings.ts';

/** What is said of each part, and of what its documents are like. */
const WORDS: Record<LayerPart, { readonly what: string; readonly example: string }> = {
  guard: { what: 'rules', example: '{ "rules": { "key-day": { "most": 200 } } }' },
  routes: { what: 'routes', example: '{ "sms": [{ "provider": "bird", "country": ["NL"] }, "spare"] }' },
  templates: { what: 'texts', example: '{ "sms": { "nl": "Uw code is %token" } }' },
};
const MAY_RUN = 'May run while Roost serves.';
const ONE_PROJECT = { options: { project: { type: 'string' } }, optionWords: [OF_PROJECT] } as const;

/** The same commands for each part of the configuration file that operators set something over. */
export function layerCommands(part: LayerPart): Readonly<Record<string, Command>> {
  const { what, example } = WORDS[part];
  const named = (name: string) => `${part} ${name}`;
  const roost = `roost ${part}`;
  return {
    [named('list')]: {
      does: `Lists for which projects ${what} are set over the configuration file, or drafted`,
      ...{ words: [], options: {}, optionWords: [] },
      more: [MAY_RUN],
      examples: [`${roost} list`, `${roost} list --json`],
      run: (surroundings) => listed(surroundings, part),
    },
    [named('show')]: {
      does:
        part === 'guard'
          ? 'Shows what is set over the rules of the configuration file, and the versions'
          : `Shows the ${what} in force, where each comes from, and the versions`,
      ...{ words: [], ...ONE_PROJECT },
      more: [
        `With --json it holds as document what is set: save that to a file, and draft the file. ${MAY_RUN}`,
      ],
      examples: [`${roost} show`, `${roost} show --project shop --json`],
      run: (surroundings, given) => shown(surroundings, part, projectOf(given)),
    },
    [named('draft')]: {
      does: `Writes a draft of the ${what} that are set over the configuration file`,
      ...{ words: ['FILE'], ...ONE_PROJECT },
      more: [
        `The file holds as JSON all that is to be set, as the configuration file has it below ${part} and the project:`,
        example,
        '{} takes back all that is set. Every mistake is told, and nothing is kept then.',
        'A draft that there is gives way to it. Nothing is in force before it is enforced.',
      ],
      examples: [`${roost} draft new.json`, `${roost} draft shop.json --project shop`],
      run: (surroundings, given) => drafted(surroundings, part, projectOf(given), given.words[0] ?? ''),
    },
    [named('diff')]: {
      does: `Shows what the draft of ${what} would change${part === 'routes' ? ', and whom of the last week it would affect' : ''}`,
      ...{ words: [], ...ONE_PROJECT },
      more: [`Nothing is changed or sent. ${MAY_RUN}`],
      examples: [`${roost} diff`, `${roost} diff --project shop --json`],
      run: (surroundings, given) => diffed(surroundings, part, projectOf(given)),
    },
    [named('enforce')]: {
      does: `Puts the draft of ${what} in force`,
      words: [],
      options: { ...ONE_PROJECT.options, note: { type: 'string' } },
      optionWords: [OF_PROJECT, NOTE],
      more: [`Nodes that run go by it within a second. ${roost} diff shows what it changes.`],
      examples: [`${roost} enforce --note "calmer after the flood"`],
      run: (surroundings, given) => enforced(surroundings, part, projectOf(given), noteOf(given)),
    },
    [named('back')]: {
      does: `Makes a draft of ${what} of a version that was in force before`,
      ...{ words: ['VERSION'], ...ONE_PROJECT },
      more: [
        '0 is the configuration file alone. There must be no other draft. Nothing is in force before it is enforced.',
      ],
      examples: [`${roost} back 3`, `${roost} back 0 --project shop`],
      run: (surroundings, given) =>
        wentBack(surroundings, part, projectOf(given), versionOf(given.words[0] ?? '')),
    },
    [named('drop')]: {
      does: `Drops the draft of ${what}`,
      ...{ words: [], ...ONE_PROJECT },
      more: ['What is in force stays as it is.'],
      examples: [`${roost} drop`],
      run: (surroundings, given) => dropped(surroundings, part, projectOf(given)),
    },
  };
}

const listed = (surroundings: Surroundings, part: LayerPart): Promise<Told> =>
  lookAt(surroundings, part, '*', async ({ layers }) => {
    const own = layers
      .filter((layer) => layer.part === part && (layer.version > 0 || layer.draft !== null))
      .sort((a, b) => (a.projectId < b.projectId ? -1 : 1));
    const width = Math.max(0, ...own.map(({ projectId }) => projectId.length)) + 2;
    const lines = own.map(({ projectId, version, atMs, draft }) => {
      const since = version === 0 ? 'nothing in force' : `version ${version} since ${dateOf(atMs)}`;
      return `${projectId.padEnd(width)}${since}${draft === null ? '' : `, draft of ${dateOf(draft.atMs)}`}`;
    });
    return {
      json: { projects: own.map((layer) => ({ project: layer.projectId, ...standingOf(layer) })) },
      text: lines.length === 0 ? ['Nothing is set over the configuration file.'] : lines,
    };
  });

const shown = (surroundings: Surroundings, part: LayerPart, project: string): Promise<Told> =>
  lookAt(surroundings, part, project, async (looking) => {
    const { store, layer } = looking;
    const versions = await versionsOf({ store }, layer);
    const standing = linesOfStanding(layer, versions, `roost ${part}`);
    const json = {
      ...{ project, ...standingOf(layer), document: layer.document },
      versions: versions.map(({ version, atMs, author, note, document }) => ({
        ...{ version, atDatetime: new Date(atMs).toISOString(), author, note, document },
      })),
    };
    if (part === 'routes') {
      const routes = routesInForce(looking);
      const lines =
        routes === null
          ? ['No provider is configured: every message is for the sandbox.']
          : routes.map(
              ({ channel, from, steps }) => `${channel.padEnd(10)}${from.padEnd(9)}${lineOfRoutes(steps)}`,
            );
      return { json: { ...json, routes }, text: [...lines, '', ...standing] };
    }
    if (part === 'templates') {
      const texts = textsInForce(looking);
      const lines = texts.map(
        ({ channel, locale, from, template }) =>
          `${channel.padEnd(10)}${locale.padEnd(7)}${from.padEnd(9)}${JSON.stringify(template)}`,
      );
      return {
        json: { ...json, texts },
        text: [...(lines.length === 0 ? ['Every text is one that ships.'] : lines), '', ...standing],
      };
    }
    return { json, text: [JSON.stringify(layer.document, null, 2), '', ...standing] };
  });

const drafted = (
  surroundings: Surroundings,
  part: LayerPart,
  project: string,
  file: string,
): Promise<Told> => {
  const document = documentIn(surroundings, file);
  return change(surroundings, part, project, async ({ deps, layer, ...looking }) => {
    const was = textOfEntry((layer.draft ?? layer).document);
    const after = settled(await editDraft(deps, null, layer, [{ path: [], entry: document, was }]));
    const changes = draftChanges(after);
    const next = `roost ${part} diff shows it, and roost ${part} enforce puts it in force.`;
    return {
      json: { project, draft: draftOf(after), changes },
      text:
        after.draft === null
          ? ['That is what is in force already, so there is no draft.']
          : ['The draft is kept:', ...changeLines({ ...looking, layer: after }, part), next],
    };
  });
};

const diffed = (surroundings: Surroundings, part: LayerPart, project: string): Promise<Told> => {
  const none = { json: { project, draft: null, changes: [] }, text: ['There is no draft.'] };
  if (part !== 'routes')
    return lookAt(surroundings, part, project, async (looking) => {
      const { layer } = looking;
      if (layer.draft === null) return none;
      const rules = part === 'guard' ? { rules: draftRuleChanges(looking) } : {};
      return {
        json: { project, draft: draftOf(layer), changes: draftChanges(layer), ...rules },
        text: changeLines(looking, part),
      };
    });
  return change(surroundings, part, project, async (looking) => {
    const { layer, below, layers } = looking;
    if (layer.draft === null) return none;
    const effect = await surroundings.effectOfDraft(looking, below, layers, layer);
    return {
      json: { project, draft: draftOf(layer), changes: draftChanges(layer), effect },
      text: [...changeLines(looking, part), ...linesOfEffect(effect)],
    };
  });
};

const enforced = (
  surroundings: Surroundings,
  part: LayerPart,
  project: string,
  note: string,
): Promise<Told> =>
  change(surroundings, part, project, async ({ deps, layer }) => {
    const { number } = existingDraft(layer);
    const after = settled(await publishDraft(deps, null, layer, { number, version: layer.version, note }));
    return {
      json: { project, version: after.version },
      text: [`Version ${after.version} is in force. Nodes that run go by it within a second.`],
    };
  });

const wentBack = (
  surroundings: Surroundings,
  part: LayerPart,
  project: string,
  version: number,
): Promise<Told> =>
  change(surroundings, part, project, async ({ deps, layer, ...looking }) => {
    if (layer.draft !== null)
      throw new Error(`there is another draft; enforce it, or drop it with roost ${part} drop`);
    const edited = await draftVersion(deps, null, layer, version);
    if (edited.kind === 'stale' && edited.layer.draft === null)
      throw new Error(`there is no version ${version}; roost ${part} show lists them`);
    const after = settled(edited);
    return {
      json: { project, draft: draftOf(after), changes: draftChanges(after) },
      text:
        after.draft === null
          ? [`Version ${version} says what is in force, so there is no draft.`]
          : [
              `Version ${version} is a draft again:`,
              ...changeLines({ ...looking, layer: after }, part),
              `roost ${part} enforce puts it in force.`,
            ],
    };
  });

const dropped = (surroundings: Surroundings, part: LayerPart, project: string): Promise<Told> =>
  change(surroundings, part, project, async ({ deps, layer }) => {
    settled(await dropDraft(deps, null, layer, existingDraft(layer).number));
    return {
      json: { project, draft: null },
      text: ['The draft is dropped. What is in force stays as it is.'],
    };
  });

function existingDraft({ part, draft }: Layer): NonNullable<Layer['draft']> {
  if (draft !== null) return draft;
  throw new Error(`there is no draft; write one in the console, or with roost ${part} draft`);
}

const changeLines = (
  looking: Pick<Editing, 'config' | 'store' | 'below' | 'layers' | 'layer'>,
  part: LayerPart,
) =>
  part === 'guard'
    ? draftRuleChanges(looking).map(lineOfRule)
    : draftChanges(looking.layer).map(lineOfChange);

const draftOf = ({ draft }: Layer) =>
  draft === null
    ? null
    : { number: draft.number, state: draft.state, base: draft.base, document: draft.document };

const standingOf = (layer: Layer) => ({
  version: layer.version,
  sinceDatetime: layer.version === 0 ? null : new Date(layer.atMs).toISOString(),
  draft: draftOf(layer),
});

/** @throws Error with what is wrong with the file */
function documentIn({ folder }: Surroundings, file: string): LayerDocument {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(resolve(folder, file), 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not valid JSON' : 'it cannot be read';
    throw new Error(`${file}: ${why}`, { cause: error });
  }
  if (!isObject(content)) throw new Error(`${file}: it must hold a JSON object`);
  return content;
}
