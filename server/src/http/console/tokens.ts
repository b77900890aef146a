import { assignToken, deleteToken, importTokens, listTokens, loseToken } from '../../app/factors/tokens.ts';
import { readPskc } from '../../domain/pskc/container.ts';
import type { Scope } from '../../domain/scope.ts';
import { isTokenFile, TOKEN_FORMATS, type Token, type TokenFile } from '../../domain/token.ts';
import { readTokenCsv } from '../../domain/token-csv.ts';
import { readTokenAddresses } from '../../domain/token-otpauth.ts';
import { readYubikeyLog } from '../../domain/token-yubikey.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { attribute, type Html, html } from '../../kernel/html.ts';
import { sendHtml } from '../page.ts';
import { consolePage, done, empty, field } from './frame.ts';
import { act, area, choose, hidden, modeChip, moment, table } from './pieces.ts';
import type { Room } from './plugin.ts';
import { readScope, scopeFields } from './scopes.ts';
import { type ConsoleForm, demand, demandFresh, redirect, type Visit } from './visit.ts';

type Posted = { Body: ConsoleForm };
type OfToken = { Params: { mode: string; project: string; serial: string } } & Posted;
const STATES = ['stock', 'assigned', 'lost'] as const;
const MOST_SHOWN = 500;
const MOST_PROBLEMS = 20;

/** Hardware tokens: the stock, what came in, who has which, and what is lost. */
export const tokensRoom: Room = (app, deps, visitOf) => {
  const needs = { ...deps.staff, notices: deps.enrol.notices };

  app.get<{ Querystring: ConsoleForm }>('/console/tokens', hidden, async (request, reply) => {
    demand(request, 'tokens');
    const { query } = request;
    const scope = readScope(query);
    const state = STATES.find((one) => one === query.state) ?? 'stock';
    const tokens = await listTokens(deps.staff, scope, state);
    return sendHtml(request, reply, tokensPage(visitOf(request), { scope, state, tokens }, query.said, null));
  });

  app.post<Posted>('/console/tokens/import', hidden, async (request, reply) => {
    const by = demandFresh(request, 'tokens', deps.nowMs());
    const scope = readScope(request.body);
    const read = readFile(request.body);
    if (!isTokenFile(read)) return refused(request, scope, read.problems);
    try {
      const made = await importTokens(deps.staff, scope, read);
      await deps.record(by, 'tokens.imported', `${scope.mode} ${scope.projectId}`, `${made.length} tokens`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return refused(
        request,
        scope,
        error.problems.map(({ message }) => message),
      );
    }
    return redirect(reply, listOf(scope, 'stock', 'imported'));

    async function refused(of: typeof request, where: Scope, problems: readonly string[]) {
      const tokens = await listTokens(deps.staff, where, 'stock');
      const page = tokensPage(visitOf(of), { scope: where, state: 'stock', tokens }, undefined, problems);
      return sendHtml(of, reply, page, 422);
    }
  });

  app.post<OfToken>('/console/tokens/:mode/:project/:serial/assign', hidden, async (request, reply) => {
    const by = demandFresh(request, 'tokens', deps.nowMs());
    const { serial } = request.params;
    const { user = '', kind = '' } = request.body;
    const scope = readScope(request.params);
    if (user === '' || user.length > 256)
      throw refuse('invalid_parameter', 'Name the user as your service does.', 'user');
    const of = (['totp', 'hotp', 'ocra', 'yubikey'] as const).find((one) => one === kind) ?? 'totp';
    await assignToken(deps.staff, scope, user, { serial, of, name: null });
    await deps.record(by, 'token.assigned', serial, `to user ${deps.staff.vault.userKey(scope, user)}`);
    return redirect(reply, listOf(scope, 'assigned', 'assigned'));
  });

  app.post<OfToken>('/console/tokens/:mode/:project/:serial/lost', hidden, async (request, reply) => {
    const by = demandFresh(request, 'tokens', deps.nowMs());
    const scope = readScope(request.params);
    await loseToken(needs, scope, request.params.serial);
    await deps.record(by, 'token.lost', request.params.serial, 'lost');
    return redirect(reply, listOf(scope, 'lost', 'lost'));
  });

  app.post<OfToken>('/console/tokens/:mode/:project/:serial/delete', hidden, async (request, reply) => {
    const by = demandFresh(request, 'tokens', deps.nowMs());
    const scope = readScope(request.params);
    await deleteToken(deps.staff, scope, request.params.serial);
    await deps.record(by, 'token.deleted', request.params.serial, 'deleted');
    return redirect(reply, listOf(scope, 'stock', 'deleted'));
  });
};

const listOf = ({ projectId, mode }: Scope, state: Token['state'], said: string): string =>
  `/console/tokens?mode=${mode}&project=${projectId}&state=${state}&said=${said}`;

function readFile({ format, data = '', password = '', key = '' }: ConsoleForm): TokenFile {
  if (format === 'csv') return readTokenCsv(data);
  if (format === 'otpauth') return readTokenAddresses(data);
  if (format === 'yubikey') return readYubikeyLog(data);
  if (key !== '' && !/^(?:[0-9a-f]{2}){16,32}$/i.test(key))
    return { problems: ['the key must be 16 to 32 bytes in hexadecimal characters'] };
  const aes = key === '' ? null : Buffer.from(key, 'hex');
  return readPskc(data, { key: aes, password: password === '' ? null : password });
}

const SAID: { readonly [said: string]: string } = {
  imported: 'The tokens are in the stock.',
  assigned: 'It is given out. It proves nothing until its first code has confirmed it.',
  lost: 'It proves nothing any more, and cannot be given out.',
  deleted: 'It is gone, and its secret with it.',
};
const FORMATS = {
  pskc: 'PSKC (RFC 6030, XML)',
  csv: 'CSV: serial, secret, type, digits, period or counter, algorithm',
  otpauth: 'otpauth:// addresses, one a line',
  yubikey: 'YubiKey personalization log',
} as const;

type Listed = {
  readonly scope: Scope;
  readonly state: Token['state'];
  readonly tokens: readonly Token[];
};

function tokensPage(
  visit: Visit,
  listed: Listed,
  said: string | undefined,
  problems: readonly string[] | null,
): Html {
  const { scope } = listed;
  const wrong =
    problems === null
      ? null
      : html`<div class="alert" role="alert"><p>Nothing was taken of it:</p><ul>${problems.slice(0, MOST_PROBLEMS).map((one) => html`<li>${one}</li>`)}</ul></div>`;
  const body = html`${done(said === undefined ? null : (SAID[said] ?? null))}${wrong}
<form method="get" action="/console/tokens" class="row">${scopeFields(scope)}<button class="quiet">Show</button></form>
<section><h2>${scope.projectId} ${modeChip(scope.mode)}</h2>${statesOf(listed)}${listOfTokens(visit, listed)}</section>
<section><h2>Put tokens into the stock</h2>
<form method="post" action="/console/tokens/import" data-file-into="data">${visit.token}
${choose(
  'format',
  'What your maker sent',
  TOKEN_FORMATS.toReversed().map((value) => ({ value, name: FORMATS[value] })),
  'pskc',
)}
${area('data', 'The file', { rows: 6, hint: 'Paste all of it. All of its tokens are taken, or none.' })}
${field('password', 'Password of the file', { type: 'password', isRequired: false, autocomplete: 'off', hint: 'Of an encrypted PSKC file.' })}
${field('key', 'Or its key', { type: 'password', isRequired: false, autocomplete: 'off', hint: 'In hexadecimal characters.' })}
<input type="hidden" name="mode" value="${scope.mode}"><input type="hidden" name="project" value="${scope.projectId}">
<button>Import</button></form></section>`;
  return consolePage(visit, {
    title: 'Hardware tokens',
    lead: 'Tokens that your project owns. Secrets are sealed when they come in, and never shown.',
    body,
    modules: ['file-into.js'],
  });
}

function statesOf({ scope, state }: Listed): Html {
  const links = STATES.map(
    (one) =>
      html`<a href="${`/console/tokens?mode=${scope.mode}&project=${scope.projectId}&state=${one}`}"${attribute('aria-current', one === state ? 'true' : null)}>${NAMES[one]}</a>`,
  );
  return html`<nav class="filters" aria-label="State of tokens">${links}</nav>`;
}

const NAMES = { stock: 'in stock', assigned: 'given out', lost: 'lost' } as const;

function listOfTokens(visit: Visit, { scope, state, tokens }: Listed): Html {
  if (tokens.length === 0)
    return empty(
      state === 'stock'
        ? 'The drawer is empty. Import the file that came with your tokens.'
        : 'There is none.',
    );
  const rows = tokens.slice(0, MOST_SHOWN).map((token) => {
    const path = `/console/tokens/${scope.mode}/${scope.projectId}/${token.serial}`;
    return html`<tr><th scope="row"><code>${token.serial}</code></th><td>${token.kind}</td><td>${moment(token.createdAtMs)}</td><td class="acts">${actsOf(visit, token, path)}</td></tr>`;
  });
  const rest =
    tokens.length > MOST_SHOWN
      ? html`<p class="soft">The first ${MOST_SHOWN} of ${tokens.length} are shown; the API lists all.</p>`
      : null;
  return html`${table('Tokens', ['Serial', 'Kind', 'Since', '-Change'], rows)}${rest}`;
}

function actsOf({ token }: Visit, { serial, kind, state }: Token, path: string): Html {
  const give = html`<form method="post" action="${path}/assign" class="inline">${token}<input type="hidden" name="kind" value="${kind}"><label class="unseen" for="${`user-${serial}`}">User for ${serial}</label><input id="${`user-${serial}`}" name="user" type="text" placeholder="User" required autocomplete="off" class="short"><button class="quiet">Give to user</button></form>`;
  return html`<div class="inline">${state === 'stock' ? give : null}${state === 'lost' ? null : act(token, `${path}/lost`, 'Lost')}${state === 'assigned' ? null : act(token, `${path}/delete`, 'Delete', {}, 'danger')}</div>`;
}
