import { STAFF_PROJECT } from '../../domain/operator.ts';
import type { Mode, Scope } from '../../domain/scope.ts';
import { MODES } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { field } from './frame.ts';
import { choose } from './pieces.ts';

const PROJECT = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const USUAL_PROJECT = 'default';

/** A project and mode as a form or an address names them. @throws Failure `invalid_parameter` */
export function readScope(given: { readonly project?: string; readonly mode?: string }): Scope {
  const { project = USUAL_PROJECT } = given;
  const mode: Mode | undefined = MODES.find((one) => one === (given.mode ?? 'live'));
  if (mode === undefined) throw refuse('invalid_parameter', 'Choose live or test.', 'mode');
  if (!PROJECT.test(project))
    throw refuse(
      'invalid_parameter',
      'A project is named with small letters, digits and hyphens.',
      'project',
    );
  // Factors of operators are theirs alone: whoever could give an owner a token could become one.
  if (project === STAFF_PROJECT)
    throw refuse('invalid_parameter', `${STAFF_PROJECT} belongs to the console itself.`, 'project');
  return { projectId: project, mode };
}

/** The fields that `readScope` reads. */
export const scopeFields = (scope: Scope | null): Html =>
  html`${choose(
    'mode',
    'Mode',
    MODES.map((mode) => ({ value: mode })),
    scope?.mode ?? 'live',
  )}${field('project', 'Project', { value: scope?.projectId ?? USUAL_PROJECT })}`;

export const ID = /^[0-9a-f]{32}$/;
