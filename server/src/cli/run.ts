import { parseArgs } from 'node:util';
import { nearest } from '../kernel/did-you-mean.ts';
import { serve } from './serve.ts';
import { start } from './start.ts';
import type { Surroundings } from './surroundings.ts';

type Command = {
  readonly does: string;
  run(surroundings: Surroundings): Promise<void>;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  start: { does: 'Roost and BirdBank with the sandbox, to try things out', run: start },
  serve: { does: 'Roost alone, as in production', run: serve },
};

/** Runs one command line. Sets the exit code: 0 done, 1 it failed, 2 the command line is wrong. */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const { print, complain } = surroundings;
  const [name] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return print(help());
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const meant = nearest(name, Object.keys(COMMANDS));
    complain(
      `roost: there is no command ${JSON.stringify(name)}${meant === null ? '' : `; did you mean ${meant}?`}`,
    );
    complain('Run roost help for the list.');
    process.exitCode = 2;
    return;
  }
  try {
    const { values } = parseArgs({ args: args.slice(1), options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) return print(help());
  } catch (error) {
    complain(`roost ${name}: ${(error as Error).message}`);
    process.exitCode = 2;
    return;
  }
  try {
    await command.run(surroundings);
  } catch (error) {
    for (const line of told(error)) complain(`roost: ${line}`);
    process.exitCode = 1;
  }
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { does }]) => `  roost ${name.padEnd(8)}${does}`);
  return [
    'Roost verifies phone numbers and mailboxes.',
    '',
    ...lines,
    '',
    'Settings come from the environment; see docs/operations.md.',
  ].join('\n');
}

/** What went wrong, in lines for an operator; a stack only where it is a bug of ours. */
function told(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  if (error.name === 'ConfigProblems') return error.message.split('\n');
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return [`port ${port} is taken; stop what listens there, or set ROOST_PORT`];
  if (code === 'EACCES' && port !== undefined)
    return [`port ${port} needs more rights; set ROOST_PORT above 1023`];
  if (code === 'EADDRNOTAVAIL') return ['ROOST_HOST is not an address of this machine'];
  const bug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return bug ? [error.stack ?? error.message] : [error.message];
}
