import { command } from './command.js';
import { findTestFiles, runTests } from './test-run.js';

// `npm test`, `npm test server/test/wire`, `npm test -- --test-name-pattern=expired`
await command((node, args) => {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const filters = args.filter((arg) => !arg.startsWith('-'));
  const files = findTestFiles().filter(
    (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
  );
  return runTests(node, files, flags);
});
