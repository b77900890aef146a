import type { EditDeps } from '../../app/layers/edit.ts';
import { listOperators, type PeopleDeps } from '../../app/operators/people.ts';
import { EVERY_PROJECT, type Layer, type LayerKey } from '../../domain/layer.ts';
import { type Html, html } from '../../kernel/html.ts';
import { moment } from './pieces.ts';
import { readScope } from './scopes.ts';

/** What rooms need that edit over the configuration file. */
export type LayerNeeds = {
  readonly editing: EditDeps;
  /** Has this node go by what was changed at once; the others do within a second. */
  readonly changed: () => Promise<void>;
};

/** What stands in addresses for every project, since no project is called so. */
const ALL = '_all';

/** A project as an address names it. @throws Failure `invalid_parameter` */
export const projectIn = (name: string): string =>
  name === ALL ? EVERY_PROJECT : readScope({ project: name }).projectId;

export const projectAddress = (project: string): string => (project === EVERY_PROJECT ? ALL : project);

/** A project in the middle of a sentence. */
export const projectWords = (project: string): string =>
  project === EVERY_PROJECT ? 'every project' : `project ${project}`;

/** How those who changed something are called, by their ids. */
export async function authorNames(people: PeopleDeps): Promise<(author: string | null) => string> {
  const names = new Map((await listOperators(people)).map(({ id, name }) => [id, name]));
  return (author) => (author === null ? 'the command line' : (names.get(author) ?? 'somebody who is gone'));
}

/** Whether somebody is at it: the draft and where it can be looked at. */
export const draftNote = (
  { draft, part, projectId }: Layer,
  nameOf: (author: string | null) => string,
): Html | null =>
  draft === null
    ? null
    : html`<p class="pending">There is a draft by <b>${nameOf(draft.author)}</b> of ${moment(draft.atMs)}, which is ${draft.state === 'monitored' ? 'judged beside what is in force' : 'not in force'}. <a href="${changesAddress({ part, projectId })}">Look at it</a></p>`;

const ROOM = { guard: '/console/guard', routes: '/console/routes', templates: '/console/templates' } as const;

export const changesAddress = ({ part, projectId }: LayerKey): string =>
  `${ROOM[part]}/changes/${projectAddress(projectId)}`;
