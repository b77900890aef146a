#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import {
  findOwnNode,
  handOver,
  oldNodeSentence,
  SERVER_ENV,
  SERVER_FLAGS,
  stopWithParent,
} from './own-node.js';

// The entry of the `roost` command. It is JavaScript, so that an old Node gets a sentence and not a syntax error,
// and hands over to the checkout's own Node where there is one.
if (process.env.npm_command !== undefined) stopWithParent();
const sentence = oldNodeSentence(process.versions.node);
if (sentence === null) {
  await import('./main.ts');
} else {
  const ownNode = findOwnNode(fileURLToPath(new URL('../..', import.meta.url)));
  if (ownNode === null) {
    console.error(sentence);
    process.exitCode = 1;
  } else {
    const args = [...SERVER_FLAGS, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
    process.exitCode = await handOver(ownNode, args, { env: { ...SERVER_ENV, ...process.env } });
  }
}
