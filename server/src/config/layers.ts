import type { Config } from '../config.ts';
import { ruleChanges } from '../domain/guard/changes.ts';
import type { Rule } from '../domain/guard/rules.ts';
import { EVERY_PROJECT, judgedOf, type Layer, type LayerDocument, type LayerKey } from '../domain/layer.ts';
import type { Channel } from '../domain/message.ts';
import type { ProjectRoutes } from '../domain/route.ts';
import { ownOf } from '../kernel/own.ts';
import { asDraft, DRAFT, readGuardLayer } from './guard.ts';
import { SANDBOX } from './providers.ts';
import { isObject } from './reading.ts';
import { type Routes, readRoutesLayer } from './routes.ts';
import { over, readTemplatesLayer, type Templates } from './templates.ts';

/** What the configuration file says, as far as layers lie over it. */
export type Below = Pick<Config, 'guardRules' | 'routes' | 'templates'> & {
  /** What each provider carries, the sandbox among them. */
  readonly carries: ReadonlyMap<string, readonly Channel[]>;
};

/** Documents by project, `*` among them. */
export type Documents = ReadonlyMap<string, LayerDocument>;

const isDraft = ({ id, mode }: Rule): boolean => mode === 'monitor' && id.startsWith(DRAFT);

/** The rules of a project: those of the file, with what is set for every project over them, and for this one over both. */
export function rulesOver(
  file: readonly Rule[],
  documents: Documents,
  project: string,
  problems: string[] = [],
): readonly Rule[] {
  const known = file.filter((rule) => !isDraft(rule));
  const layered = documentsFor(documents, project).reduce<readonly Rule[]>(
    (rules, document) => readGuardLayer(rules, document, problems),
    known,
  );
  // Drafts of the file were made of its rules as it has them, and are tried as that says.
  return layered === known ? file : [...layered, ...file.filter(isDraft)];
}

/** What a layer of a project lies on: the rules of the file, with what is set for every project. */
export const rulesBelow = (file: readonly Rule[], documents: Documents, project: string): readonly Rule[] =>
  rulesOver(
    file.filter((rule) => !isDraft(rule)),
    new Map(project === EVERY_PROJECT ? [] : [...documents].filter(([name]) => name === EVERY_PROJECT)),
    EVERY_PROJECT,
  );

/**
 * The rules of each project that go with all layers, those of monitored drafts among them. Made once, for every create
 * asks for them.
 */
export function rulesInForce(
  file: readonly Rule[],
  layers: readonly Layer[],
): (projectId: string) => readonly Rule[] {
  const documents = inForce(layers, 'guard');
  const monitored = layers.filter(({ part, draft }) => part === 'guard' && judgedOf(draft) !== null);
  const rulesOf = (project: string): readonly Rule[] =>
    monitored
      .filter(({ projectId }) => projectId === EVERY_PROJECT || projectId === project)
      .sort((a, b) => (a.projectId === b.projectId ? 0 : a.projectId === EVERY_PROJECT ? -1 : 1))
      .reduce(
        (rules, { part, projectId, draft }) => {
          const drafted = withDocument(documents, { part, projectId }, judgedOf(draft) ?? {});
          return withMonitored(rules, rulesOver(file, drafted, project));
        },
        rulesOver(file, documents, project),
      );
  const usual = rulesOf(EVERY_PROJECT);
  const named = layers.filter(({ part, projectId }) => part === 'guard' && projectId !== EVERY_PROJECT);
  const own = new Map(named.map(({ projectId }) => [projectId, rulesOf(projectId)]));
  return (projectId) => own.get(projectId) ?? usual;
}

/** The rules with those of a draft that differ, judged and written down beside them. */
function withMonitored(rules: readonly Rule[], drafted: readonly Rule[]): readonly Rule[] {
  const differ = new Set(ruleChanges(rules, drafted).map(({ rule }) => rule));
  const monitored = drafted.filter(({ id, mode }) => differ.has(id) && mode !== 'off').map(asDraft);
  const names = new Set(monitored.map(({ id }) => id));
  return [...rules.filter(({ id }) => !names.has(id)), ...monitored];
}

function documentsFor(documents: Documents, project: string): readonly LayerDocument[] {
  const names = project === EVERY_PROJECT ? [EVERY_PROJECT] : [EVERY_PROJECT, project];
  return names.map((name) => documents.get(name)).filter((document) => document !== undefined);
}

/**
 * The routes of every project that has some of its own, and of `*`: of each the lists of the file, channel by channel
 * replaced by those that are set over it. A project that only a layer names has the others of `*`.
 */
export function routesOver(
  { carries }: Pick<Below, 'carries'>,
  file: Routes,
  documents: Documents,
  problems: string[] = [],
): Routes {
  const names = [...carries.keys()].filter((name) => name !== SANDBOX);
  const layerOf = (project: string): ProjectRoutes => {
    const document = documents.get(project);
    if (document === undefined) return {};
    const routes = readRoutesLayer(project, document, names, problems);
    return withoutStrangers(routes, `routes.${project}`, carries, problems);
  };
  const shared = { ...file[EVERY_PROJECT], ...layerOf(EVERY_PROJECT) };
  const projects = new Set([...Object.keys(file), ...documents.keys()]);
  projects.delete(EVERY_PROJECT);
  const own = [...projects].map((project) => {
    const below = Object.hasOwn(file, project) ? file[project] : shared;
    return [project, { ...below, ...layerOf(project) }] as const;
  });
  return { ...Object.fromEntries(own), [EVERY_PROJECT]: shared };
}

function withoutStrangers(
  routes: ProjectRoutes,
  at: string,
  carries: Below['carries'],
  problems: string[],
): ProjectRoutes {
  const kept = Object.entries(routes).map(([channel, steps]) => {
    const good = steps.filter((step) => carries.get(step.provider)?.includes(step.channel) === true);
    problems.push(...strangers(steps, `${at}.${channel}`, carries));
    return [channel, good] as const;
  });
  return Object.fromEntries(kept.filter(([, steps]) => steps.length > 0));
}

/** What is wrong with a list whose providers do not carry its channel. */
export const strangers = (
  steps: readonly { readonly channel: Channel; readonly provider: string }[],
  at: string,
  carries: Below['carries'],
): readonly string[] =>
  steps.flatMap(({ channel, provider }, i) => {
    const carried = carries.get(provider) ?? [];
    if (provider === '' || carried.includes(channel)) return [];
    return [`${at}[${i}]: ${provider} does not carry it; it carries ${carried.join(', ')}`];
  });

/** The templates of every project that has some of its own, and of `*`: those of the file with those set over them. */
export function templatesOver(file: Templates, documents: Documents, problems: string[] = []): Templates {
  const templates = { ...file };
  for (const [project, document] of documents) {
    const own = readTemplatesLayer(project, document, problems);
    templates[project] = over(ownOf(file, project) ?? { locale: null, channels: {} }, own);
  }
  return templates;
}

/** Documents in force, by project. */
export const inForce = (layers: readonly Layer[], part: LayerKey['part']): Documents =>
  new Map(
    layers
      .filter((layer) => layer.part === part && layer.version > 0)
      .map(({ projectId, document }) => [projectId, document]),
  );

/** Those in force with another one in the place of one of them. */
export const withDocument = (documents: Documents, key: LayerKey, document: LayerDocument): Documents =>
  new Map([...documents, [key.projectId, document]]);

/** Everything that is wrong with a document where it is to lie, each in one line that begins with its place. */
export function layerProblems(
  below: Below,
  documents: Documents,
  key: LayerKey,
  document: LayerDocument,
): readonly string[] {
  if (!isObject(document)) return [`${key.part}: set an object`];
  try {
    return problemsOf(below, documents, key, document);
  } catch (error) {
    return [`${key.part}: it cannot be read (${String(error)})`];
  }
}

function problemsOf(
  below: Below,
  documents: Documents,
  key: LayerKey,
  document: LayerDocument,
): readonly string[] {
  const problems: string[] = [];
  const alone = new Map([[key.projectId, document]]);
  switch (key.part) {
    case 'guard':
      readGuardLayer(rulesBelow(below.guardRules, documents, key.projectId), document, problems);
      break;
    case 'routes':
      routesOver(below, below.routes ?? {}, alone, problems);
      break;
    case 'templates':
      templatesOver(below.templates, alone, problems);
      break;
    default:
      return key.part satisfies never;
  }
  return problems;
}
