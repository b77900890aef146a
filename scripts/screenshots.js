import { readFileSync } from 'node:fs';
import path from 'node:path';
import { command } from './command.js';
import { ROOT } from './setup.js';
import { findTestFiles, runTests } from './test-run.js';

// The pictures in docs/images are made by the browser tests, which take them only when asked to.
await command((node, args) => {
  const files = findTestFiles().filter((file) =>
    readFileSync(path.join(ROOT, file), 'utf8').includes('testing/chromium.ts'),
  );
  return runTests(node, files, args, { SCREENSHOTS: '1' });
});
