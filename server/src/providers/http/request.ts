import { escapeXml } from '../../domain/speech.ts';
import type { Call } from '../caller.ts';
import { isRecord } from '../settings.ts';
import type { RequestDescription } from './description.ts';
import { fill, fillTyped, type Json, type Lookup, readTemplate, type Template } from './template.ts';

/** Makes the call for one message; a sentence where the message cannot be written as this request. */
export type WriteRequest = (lookup: Lookup) => Call | string;

/** Reads a described request once, so that filling it for a message cannot go wrong. Notes what is wrong. */
export function readRequest(
  given: RequestDescription,
  known: readonly string[],
  at: string,
  problems: string[],
): WriteRequest {
  const before = problems.length;
  const read = (source: string, place: string): Template => {
    const template = readTemplate(source, known);
    if (typeof template !== 'string') return template;
    problems.push(`${at}.${place}: ${template}`);
    return [];
  };
  const all = (sources: Readonly<Record<string, string>> | undefined, place: string): Named =>
    Object.entries(sources ?? {}).map(([name, source]) => [name, read(source, `${place}.${name}`)]);

  const url = read(given.url, 'url');
  const [headers, query] = [all(given.headers, 'headers'), all(given.query, 'query')];
  for (const [name] of headers) {
    if (!/^[A-Za-z0-9-]{1,100}$/.test(name) || RESERVED.includes(name.toLowerCase())) {
      problems.push(
        `${at}.headers.${name}: set a header of letters, digits and hyphens other than ${RESERVED.join(', ')}`,
      );
    }
  }
  const basic =
    given.basic === undefined
      ? null
      : [read(given.basic.user, 'basic.user'), read(given.basic.password, 'basic.password')];
  const writeBody = readBody(given, read, all, at, problems);
  if (problems.length > before) return () => 'the description of the request is wrong';
  return (lookup) => {
    const written: Record<string, string> = { accept: 'application/json, */*;q=0.5' };
    for (const [name, template] of headers) {
      const value = fill(template, lookup);
      if (value === null) continue;
      if (!/^[\x20-\x7e]*$/.test(value)) return `the header ${name} cannot hold what it is to say`;
      written[name.toLowerCase()] = value;
    }
    if (basic !== null) {
      const pair = basic.map((template) => fill(template, lookup) ?? '').join(':');
      written.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    const body = writeBody(lookup);
    if (body !== null) written['content-type'] ??= body.type;
    const address = fill(url, lookup, (value, name) =>
      name === 'baseUrl' ? value : encodeURIComponent(value),
    );
    if (address === null) return 'the address of the gateway names what the message does not have';
    const parameters = formOf(query, lookup);
    const separator = address.includes('?') ? '&' : '?';
    return {
      method: given.method,
      url: parameters === '' ? address : `${address}${separator}${parameters}`,
      headers: written,
      ...(body === null ? {} : { body: body.text }),
    };
  };
}

type Named = readonly (readonly [name: string, template: Template])[];
type Read = (source: string, place: string) => Template;
type ReadAll = (sources: Readonly<Record<string, string>> | undefined, place: string) => Named;
type WriteBody = (lookup: Lookup) => { readonly type: string; readonly text: string } | null;

const RESERVED = ['host', 'content-length', 'transfer-encoding', 'connection', 'accept-encoding', 'upgrade'];

function readBody(
  given: RequestDescription,
  read: Read,
  all: ReadAll,
  at: string,
  problems: string[],
): WriteBody {
  const bodies = ['json' in given, 'form' in given, 'xml' in given].filter(Boolean).length;
  if (bodies > 1) problems.push(`${at}: set one of json, form and xml`);
  if (bodies === 1 && given.method === 'GET') problems.push(`${at}: a GET has no body; set query, or POST`);
  if ('json' in given) {
    const write = readJson(given.json, 'json', read);
    return (lookup) => ({ type: 'application/json', text: JSON.stringify(write(lookup) ?? null) });
  }
  if ('form' in given) {
    const fields = all(given.form, 'form');
    return (lookup) => ({ type: 'application/x-www-form-urlencoded', text: formOf(fields, lookup) });
  }
  if ('xml' in given && given.xml !== undefined) {
    const template = read(given.xml, 'xml');
    return (lookup) => ({
      type: 'application/xml; charset=utf-8',
      text: fill(template, (name) => lookup(name) ?? '', escapeXml) ?? '',
    });
  }
  return () => null;
}

/** A value of which nothing is known is left out, together with its name. */
function readJson(value: unknown, place: string, read: Read): (lookup: Lookup) => Json | undefined {
  if (typeof value === 'string') {
    const template = read(value, place);
    return (lookup) => fillTyped(template, lookup);
  }
  if (Array.isArray(value)) {
    const items = value.map((item, i) => readJson(item, `${place}.${i}`, read));
    return (lookup) => items.map((item) => item(lookup)).filter((item) => item !== undefined);
  }
  if (isRecord(value)) {
    const members = Object.entries(value).map(
      ([name, member]) => [name, readJson(member, `${place}.${name}`, read)] as const,
    );
    return (lookup) => {
      const filled = members.flatMap(([name, member]) => {
        const known = member(lookup);
        return known === undefined ? [] : [[name, known] as const];
      });
      // An object of which all is unknown, such as an address for receipts, says nothing either.
      return filled.length === 0 && members.length > 0 ? undefined : Object.fromEntries(filled);
    };
  }
  return () => (value === undefined ? undefined : (value as Json));
}

function formOf(fields: Named, lookup: Lookup): string {
  const form = new URLSearchParams();
  for (const [name, template] of fields) {
    const value = fill(template, lookup);
    if (value !== null) form.append(name, value);
  }
  return form.toString();
}
