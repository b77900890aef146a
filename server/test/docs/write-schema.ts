import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ROOT, readText } from './markdown.ts';
import { guardSchema, providersSchema } from './schema.ts';

// `node server/test/docs/write-schema.ts` writes the settings of every kind of provider and those of the guard into roost.schema.json.
const schema = JSON.parse(readText('roost.schema.json'));
schema.properties.providers = providersSchema();
schema.properties.guard = guardSchema();
writeFileSync(resolve(ROOT, 'roost.schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
