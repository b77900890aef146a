import { fileURLToPath } from 'node:url';
import { findFloorProblems } from './floors.ts';
import { readSources } from './imports.ts';

const problems = findFloorProblems(readSources(fileURLToPath(new URL('..', import.meta.url))));
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
