import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Compile } from 'typebox/schema';
import { PRESETS } from '../../src/providers/http/presets.ts';
import { PROVIDER_KINDS, type ProviderKind } from '../../src/providers/kinds.ts';

const FOLDER = new URL('../../../docs/providers/', import.meta.url).pathname;
const KINDS: Readonly<Record<string, ProviderKind>> = PROVIDER_KINDS;

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
/** Variables whose values have a form; any other is a text. */
const VARIABLES: Readonly<Record<string, string>> = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  VONAGE_APPLICATION_ID: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
  VONAGE_PRIVATE_KEY: privateKey,
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  TELNYX_PUBLIC_KEY: Buffer.alloc(32, 1).toString('base64'),
};

type Example = { readonly page: string; readonly id: string; readonly given: Record<string, unknown> };

const examples: Example[] = readdirSync(FOLDER).flatMap((page) =>
  [...readFileSync(join(FOLDER, page), 'utf8').matchAll(/^```json\n([\s\S]*?)^```$/gm)].flatMap(
    ([, text = '']) => {
      const filled: unknown = JSON.parse(text, (_, value) =>
        typeof value === 'string'
          ? value.replace(/\$\{(\w+)\}/g, (_whole, name) => VARIABLES[name] ?? 'a-secret-of-some-length')
          : value,
      );
      const { providers = {} } = filled as { providers?: Record<string, Record<string, unknown>> };
      return Object.entries(providers).map(([id, given]) => ({ page, id, given }));
    },
  ),
);

test('every configuration in the pages about providers is taken as it stands', () => {
  assert.ok(examples.length >= 12);
  for (const { page, id, given } of examples) {
    const problems: string[] = [];
    KINDS[String(given.kind)]?.read(given, `${page}: providers.${id}`, problems);
    assert.deepEqual(problems, []);
  }
});

test('the JSON Schema of each kind takes what its reader takes, and nothing else', () => {
  for (const { page, id, given } of examples) {
    const { kind, ...settings } = given;
    const schema = Compile((KINDS[String(kind)]?.schema ?? {}) as object);
    assert.ok(schema.Check(settings), `${page} ${id}: ${JSON.stringify(schema.Errors(settings))}`);
    assert.ok(!schema.Check({ ...settings, surplus: 1 }), `${page} ${id} with a surplus name`);
    for (const name of Object.keys(settings)) {
      const isTaken = schema.Check({ ...settings, [name]: 17 });
      const problems: string[] = [];
      KINDS[String(kind)]?.read({ ...given, [name]: 17 }, 'at', problems);
      assert.equal(isTaken, problems.length === 0, `${page} ${id}.${name}: ${problems}`);
    }
  }
});

test('every kind of provider and every preset has a page with its configuration', () => {
  for (const kind of Object.keys(KINDS)) {
    assert.ok(existsSync(join(FOLDER, `${kind}.md`)), `docs/providers/${kind}.md`);
    assert.ok(
      examples.some(({ given, page }) => page === `${kind}.md` && given.kind === kind),
      kind,
    );
  }
  for (const preset of Object.keys(PRESETS)) {
    assert.ok(
      examples.some(({ given, page }) => page === `${preset}.md` && given.preset === preset),
      preset,
    );
  }
});

test('the pages name every setting of a kind, and the page of a preset each of its values', () => {
  for (const [kind, { schema }] of Object.entries(KINDS)) {
    const page = readFileSync(join(FOLDER, `${kind}.md`), 'utf8');
    for (const name of Object.keys(schema.properties as object)) {
      assert.ok(
        page.includes(`\`${name}\``) || page.includes(`"${name}"`),
        `${kind}.md does not name ${name}`,
      );
    }
  }
  for (const [preset, { values }] of Object.entries(PRESETS)) {
    const page = readFileSync(join(FOLDER, `${preset}.md`), 'utf8');
    for (const name of Object.keys(values))
      assert.ok(page.includes(name), `${preset}.md does not name ${name}`);
  }
});
