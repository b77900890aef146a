import { CHANNELS, type Channel } from '../domain/message.ts';
import type { Policy } from '../domain/policy.ts';
import { HIDDEN, isText, lengthProblem, templateProblem } from '../domain/template.ts';
import { asShown, bookOf, type OwnBook, type OwnWords } from '../domain/words/book.ts';
import { readLocale } from '../domain/words/locales.ts';
import { isObject, noteUnknown, unknownName } from './reading.ts';

/** Templates by project; `*` holds for every project, and stands behind the templates that it has of its own. */
export type Templates = { readonly [project: string]: OwnBook };

const PROJECT = /^(\*|[a-z0-9][a-z0-9-]{0,39})$/;
const LONGEST_CODE = 10;
const MOST_SUBJECT = 255;

/** The part `templates` of the configuration file. */
export function readTemplates(given: unknown, problems: string[]): Templates {
  if (given === undefined) return {};
  if (!isObject(given)) {
    problems.push('templates: set an object, such as { "*": { "sms": { "nl": "Uw code is %token" } } }');
    return {};
  }
  const templates: Record<string, OwnBook> = {};
  for (const [project, own] of Object.entries(given)) {
    const at = `templates.${project}`;
    if (!PROJECT.test(project)) {
      problems.push(`${at}: name a project with small letters, digits and dashes, or * for all others`);
    } else if (isObject(own)) {
      templates[project] = ownOf(own, at, problems);
    } else {
      problems.push(`${at}: set an object of templates by channel and locale`);
    }
  }
  return templates;
}

/** The policy of each project, with its words in it. Made once: `policy` is asked for at every create. */
export function policiesOf(policy: Policy, templates: Templates): (projectId: string) => Policy {
  const shared = templates['*'] ?? { locale: null, channels: {} };
  const usual: Policy = { ...policy, words: bookOf(shared) };
  const own = new Map(
    Object.entries(templates).map(([project, book]) => [
      project,
      { ...policy, words: bookOf(over(shared, book)) },
    ]),
  );
  return (projectId) => own.get(projectId) ?? usual;
}

/** The templates that a layer has for one project, written as they are below `templates` and the project. */
export const readTemplatesLayer = (
  project: string,
  given: Record<string, unknown>,
  problems: string[],
): OwnBook => ownOf(given, `templates.${project}`, problems);

/** Templates with others over them. */
export function over(shared: OwnBook, own: OwnBook): OwnBook {
  const channels = Object.fromEntries(
    CHANNELS.map((channel) => [
      channel,
      new Map([...(shared.channels[channel] ?? []), ...(own.channels[channel] ?? [])]),
    ]),
  );
  return { locale: own.locale ?? shared.locale, channels };
}

function ownOf(given: Record<string, unknown>, at: string, problems: string[]): OwnBook {
  const names = ['locale', '*', ...CHANNELS];
  noteUnknown(given, at, names, problems);
  const all = wordsAt(given['*'], CHANNELS, `${at}.*`, problems);
  const channels = Object.fromEntries(
    CHANNELS.map((channel) => {
      const own = wordsAt(given[channel], [channel], `${at}.${channel}`, problems);
      return [channel, new Map([...all, ...own])];
    }),
  );
  return { locale: usualLocale(given.locale, `${at}.locale`, problems), channels };
}

function usualLocale(given: unknown, at: string, problems: string[]): string | null {
  if (given === undefined) return null;
  const locale = typeof given === 'string' ? readLocale(given) : null;
  if (locale === null) problems.push(`${at}: set a language tag (BCP 47), such as nl or pt-BR`);
  return locale;
}

function wordsAt(
  given: unknown,
  channels: readonly Channel[],
  at: string,
  problems: string[],
): ReadonlyMap<string, OwnWords> {
  const words = new Map<string, OwnWords>();
  if (given === undefined) return words;
  if (!isObject(given)) {
    problems.push(`${at}: set templates by locale, such as { "en": "Your code is %token" }`);
    return words;
  }
  for (const [name, value] of Object.entries(given)) {
    const locale = readLocale(name);
    if (locale === null) {
      problems.push(`${at}.${name}: name a language tag (BCP 47), such as nl or pt-BR`);
      continue;
    }
    const own = ownWords(value, `${at}.${name}`, channels, problems);
    if (own !== null) words.set(locale, own);
  }
  return words;
}

/** A template, or one with the subject that its e-mails have. */
function ownWords(
  given: unknown,
  at: string,
  channels: readonly Channel[],
  problems: string[],
): OwnWords | null {
  const { template, subject = null } = isObject(given) ? given : { template: given };
  const known = problems.length;
  if (isObject(given)) {
    for (const name of Object.keys(given)) {
      if (name !== 'template' && name !== 'subject') {
        problems.push(unknownName(`${at}.${name}`, [`${at}.template`, `${at}.subject`]));
      }
    }
  }
  if (typeof template !== 'string') {
    problems.push(`${at}: set a text that contains %token, or { "template": …, "subject": … }`);
    return null;
  }
  const wrong = channels.map((channel) => problemOf(template, channel)).find((problem) => problem !== null);
  if (wrong !== undefined) problems.push(`${at}: ${wrong}`);
  if (subject !== null && !isSubject(subject)) {
    problems.push(`${at}.subject: set one line of at most ${MOST_SUBJECT} characters, without %token`);
    return null;
  }
  return problems.length === known ? { template, subject } : null;
}

function problemOf(template: string, channel: Channel): string | null {
  const problem = templateProblem(template, channel, 'auto', LONGEST_CODE);
  if (problem !== null || !isText(channel)) return problem;
  return lengthProblem(asShown(template, channel), 'auto', LONGEST_CODE);
}

/** One line, without the code: subjects are shown on locked screens. */
const isSubject = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= MOST_SUBJECT &&
  !/\n/.test(value) &&
  !HIDDEN.test(value) &&
  !value.includes('%token');
