import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RouteOptions } from 'fastify';
import { Errors } from 'typebox/schema';
import { type Answer, type StartedRoost, startRoost } from '../support/roost.ts';
import { withRoutes } from '../support/routes.ts';

type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly responses: Record<string, Response>;
};
type Response = {
  readonly headers: Record<string, object>;
  readonly content?: Record<string, { schema: object; examples?: object }>;
};
type Document = {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
  readonly security: readonly object[];
};

async function documentOf(roost: StartedRoost): Promise<Document> {
  const { status, body } = await roost.call('GET', '/openapi.json', { key: null });
  assert.equal(status, 200);
  return body;
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

const nameOf = ({ method, url }: RouteOptions) =>
  `${method} ${url.replace(/(.)\/$/, '$1').replaceAll(/:(\w+)/g, '{$1}')}`;

/** What browsers load, and the document itself: no part of the API. */
const PAGES = [
  'GET /assets/{version}/*',
  'GET /docs/api',
  'GET /docs/api/js/scalar.js',
  'GET /metrics',
  'GET /openapi.json',
  'GET /sandbox',
  'GET /sandbox/events',
  'GET /sandbox/fragment',
  'POST /sandbox/faults',
  'POST /sandbox/messages/{id}/age',
];

/** What people open in a browser, and what providers call: neither is for the API's callers. */
const FOR_OTHERS = /^(?:GET|POST) \/(?:console|docs(?!\/api)|receipts)(?:\/|$)/;

test('the document holds every route of the API with its methods, and no other', async (t) => {
  const { roost, routes } = await withRoutes(t);
  const documented = operationsOf(await documentOf(roost)).map(({ name }) => name);
  const isPage = (name: string) => PAGES.includes(name) || FOR_OTHERS.test(name);
  const shown = routes.map(nameOf).filter((name) => !isPage(name));
  assert.ok(shown.length >= 8);
  assert.deepEqual(documented.sort(), shown.sort());
  const hidden = routes.filter(({ schema }) => (schema as { hide?: boolean } | undefined)?.hide === true);
  const unlisted = hidden.map(nameOf).filter((name) => !FOR_OTHERS.test(name));
  assert.deepEqual(unlisted.sort(), PAGES);
});

test('the document is valid OpenAPI 3.1, and its examples fit their schemas', async (t) => {
  const document = await documentOf(await startRoost(t));
  assert.match(document.openapi, /^3\.1\.\d$/);
  const folder = mkdtempSync(join(tmpdir(), 'roost-openapi-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  // Health and readiness take nothing that could be wrong, so they have no answer of the 400 range.
  const flags = ['--extends=recommended', '--skip-rule=operation-4xx-response', '--format=json'];
  const cli = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));
  const linted = spawnSync(process.execPath, [cli, 'lint', file, ...flags], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  const { totals, problems } = JSON.parse(linted.stdout);
  assert.deepEqual(problems, []);
  assert.deepEqual(totals, { errors: 0, warnings: 0, ignored: 0 });
  assert.equal(linted.status, 0);
});

/** The parts of the API whose every answer has an example, and is provoked here. */
const SHOWN = ['Verify', 'Sandbox', 'Operations'];
const isShown = ({ tags }: Operation): boolean => tags.some((tag) => SHOWN.includes(tag));

test('every operation has an id and a name of its own, an example of each answer, and the id of the request', async (t) => {
  const operations = operationsOf(await documentOf(await startRoost(t)));
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, operations.length);
  assert.equal(new Set(operations.map(({ operation }) => operation.summary)).size, operations.length);
  for (const { name, operation } of operations) {
    for (const [status, { headers, content }] of Object.entries(operation.responses)) {
      assert.ok('Request-Id' in headers, `${name} ${status}`);
      if (status === '204') assert.equal(content, undefined);
      else if (isShown(operation))
        assert.ok(Object.keys(content?.['application/json']?.examples ?? {}).length > 0, `${name} ${status}`);
    }
  }
});

test('what the document says of access keys is so: all need one, save health and readiness', async (t) => {
  const roost = await startRoost(t);
  const document = await documentOf(roost);
  assert.deepEqual(document.security, [{ accessKey: [] }]);
  const { description, ...scheme } = document.components.securitySchemes.accessKey as Record<string, string>;
  assert.deepEqual(scheme, { type: 'apiKey', in: 'header', name: 'Authorization' });
  assert.match(description ?? '', /^`AccessKey`, a space, and the key/);
  for (const { name, operation } of operationsOf(document)) {
    const [method = '', path = ''] = name.split(' ');
    const { status } = await roost.call(method, path.replace('{id}', 'f'.repeat(32)), { key: null });
    const isOpen = operation.security?.length === 0;
    assert.equal(status, isOpen ? 200 : 401, name);
    assert.equal('401' in operation.responses, !isOpen, name);
  }
});

/** What is wrong with an answer, by the document: an undeclared status, header or body. */
function problemsOf(document: Document, operation: Operation, answer: Answer): string[] {
  const response = operation.responses[String(answer.status)];
  if (response === undefined) return [`${operation.operationId}: ${answer.status} is not declared`];
  const own = [...answer.headers.keys()].filter((name) => /^roost-|^request-id$|^retry-after$/.test(name));
  const declared = Object.keys(response.headers).map((name) => name.toLowerCase());
  const undeclared = own.filter((name) => !declared.includes(name)).map((name) => `${name} is not declared`);
  const schema = response.content?.['application/json']?.schema;
  if (schema === undefined) return answer.text === '' ? undeclared : [...undeclared, 'there is a body'];
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  const [, errors] = Errors({ ...schema, components: document.components }, answer.body);
  return [...undeclared, ...errors.map((error) => JSON.stringify(error))];
}

test('what Roost answers is what the document says', async (t) => {
  const roost = await startRoost(t);
  const document = await documentOf(roost);
  const byId = new Map(operationsOf(document).map(({ operation }) => [operation.operationId, operation]));
  const seen = new Set<string>();
  const fits = (id: string, answer: Answer): Answer => {
    const operation = byId.get(id);
    assert.ok(operation !== undefined, id);
    assert.deepEqual(problemsOf(document, operation, answer), [], `${id} ${answer.status} ${answer.text}`);
    seen.add(`${id} ${answer.status}`);
    return answer;
  };
  const create = async (json: object) => fits('createVerify', await roost.call('POST', '/verify', { json }));
  const sms = await create({ recipient: '+31612345678', timeout: 300, returnToken: true });
  const spoken = await create({ recipient: '+31612345679', type: 'tts', reference: 'order 7', timeout: 300 });
  const mail = await create({ recipient: 'ann@example.com', type: 'email' });
  await create({ recipient: 'nonsense', timeout: 1 });
  const path = `/verify/${sms.body.id}`;
  const wrong = sms.body.token === '000000' ? '000001' : '000000';
  fits('readOrCheckVerify', await roost.call('GET', path));
  fits('readOrCheckVerify', await roost.call('GET', `${path}?token=${wrong}`));
  fits('checkVerify', await roost.call('POST', path, { json: { token: wrong } }));
  fits('checkVerify', await roost.call('POST', path, { json: { token: sms.body.token } }));
  fits('checkVerify', await roost.call('POST', path, { form: { token: sms.body.token } }));
  fits('checkVerify', await roost.call('POST', '/verify/unknown', { json: { token: '123456' } }));
  fits('readOrCheckVerify', await roost.call('GET', '/verify/unknown'));
  fits('deleteVerify', await roost.call('DELETE', `/verify/${spoken.body.id}`));
  fits('deleteVerify', await roost.call('DELETE', `/verify/${spoken.body.id}`));
  const message = `/verify/messages/email/${mail.body.messages.id}`;
  fits('readVerifyEmailMessage', await roost.call('GET', message));
  fits('readVerifyEmailMessage', await roost.call('GET', message.replace(/.{32}$/, 'f'.repeat(32))));
  fits('listSandboxMessages', await roost.call('GET', '/sandbox/messages?wait=5'));
  fits('listSandboxMessages', await roost.call('GET', '/sandbox/messages?wait=99'));
  const passedOn = { 'x-forwarded-for': '192.0.2.1' };
  fits('listSandboxMessages', await roost.call('GET', '/sandbox/messages', { headers: passedOn }));
  fits(
    'ageSandboxVerification',
    await roost.call('POST', `/sandbox${path.replace('verify', 'verifications')}/age`, {
      json: { seconds: 60 },
    }),
  );
  fits(
    'ageSandboxVerification',
    await roost.call('POST', '/sandbox/verifications/unknown/age', { json: { seconds: 60 } }),
  );
  fits(
    'ageSandboxVerification',
    await roost.call('POST', '/sandbox/verifications/unknown/age', { json: {} }),
  );
  const slow = { json: { kind: 'slow', seconds: 5 } };
  fits('changeSandboxFault', await roost.call('PUT', '/sandbox/faults/sms', slow));
  fits('listSandboxFaults', await roost.call('GET', '/sandbox/faults'));
  fits('listSandboxFaults', await roost.call('GET', '/sandbox/faults', { headers: passedOn }));
  fits('changeSandboxFault', await roost.call('PUT', '/sandbox/faults/fax', slow));
  fits('changeSandboxFault', await roost.call('PUT', '/sandbox/faults/sms', { ...slow, headers: passedOn }));
  fits('readHealth', await roost.call('GET', '/health', { key: null }));
  fits('readReadiness', await roost.call('GET', '/ready', { key: null }));
  for (const { name, operation } of operationsOf(document)) {
    if (operation.security?.length === 0 || !isShown(operation)) continue;
    const [method = '', where = ''] = name.split(' ');
    fits(operation.operationId, await roost.call(method, where, { key: null }));
  }
  // A fault of ours and a database that is gone are not to be had here.
  const shown = operationsOf(document).filter(({ operation }) => isShown(operation));
  const declared = shown.flatMap(({ operation }) =>
    Object.keys(operation.responses).map((status) => `${operation.operationId} ${status}`),
  );
  assert.deepEqual([...seen].sort(), declared.filter((each) => !/ 50[03]$/.test(each)).sort());
});
