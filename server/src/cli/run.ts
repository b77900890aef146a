import { parseArgs } from 'node:util';
import { nearest } from '../kernel/did-you-mean.ts';
import { type Command, type Given, type Told, WrongUsage } from './command.ts';
import { COMMANDS } from './commands.ts';
import { help, helpOf } from './help.ts';
import type { Surroundings } from './surroundings.ts';
import { told } from './told.ts';

/**
 * Runs one command line. Sets the exit code: 0 done, 1 it failed, 2 the command line is wrong, 3 the store is damaged
 * or refused.
 */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const asked = args[0] === 'help' ? args.slice(1) : args;
  const [first] = asked;
  if (first === undefined || first === '--help' || first === '-h') return surroundings.print(help(COMMANDS));
  const name = nameIn(asked);
  const command = name === null ? undefined : COMMANDS[name];
  if (name === null || command === undefined) return complainOfName(asked, surroundings);
  if (args[0] === 'help') return surroundings.print(helpOf(name, command));
  try {
    const given = readGiven(asked.slice(name.split(' ').length), command);
    if (given.options.help === true) return surroundings.print(helpOf(name, command));
    const outcome = await command.run(surroundings, given);
    if (outcome !== null) say(outcome, given, surroundings);
  } catch (error) {
    fail(error, name, args.includes('--json'), surroundings);
  }
}

/** The command that the words begin with: two words, or one. */
function nameIn(words: readonly string[]): string | null {
  const names = [words.slice(0, 2).join(' '), words[0] ?? ''];
  return names.find((name) => Object.hasOwn(COMMANDS, name)) ?? null;
}

function complainOfName(words: readonly string[], { complain }: Surroundings): void {
  process.exitCode = 2;
  const [first = ''] = words;
  const family = Object.keys(COMMANDS).filter((name) => name.startsWith(`${first} `));
  if (family.length > 0) {
    complain(`roost ${first}: say what to do: ${family.map((name) => `roost ${name}`).join(', ')}`);
    return;
  }
  const typed = words.slice(0, 2).join(' ');
  const meant = nearest(first, Object.keys(COMMANDS)) ?? nearest(typed, Object.keys(COMMANDS));
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  complain(`roost: there is no command ${JSON.stringify(first)}${hint}`);
  complain('Run roost help for the list.');
}

/** @throws WrongUsage when the words are not those that the command takes */
function readGiven(args: readonly string[], command: Command): Given {
  const options = {
    ...command.options,
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
  } as const;
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], options, allowPositionals: true }),
  );
  const given = values as Given['options'];
  if (given.help !== true && positionals.length !== command.words.length) {
    const wanted =
      command.words.length === 0 ? 'it takes no further words' : `give ${command.words.join(' ')}`;
    throw new WrongUsage(wanted);
  }
  return { words: positionals, options: given, isJson: given.json === true };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new WrongUsage((error as Error).message.split('. ')[0] ?? 'the options cannot be read');
  }
}

function say({ json, text, exitCode = 0, aside }: Told, { isJson }: Given, surroundings: Surroundings): void {
  const speak = aside === true ? surroundings.complain : surroundings.print;
  speak(isJson ? JSON.stringify(json) : text.join('\n'));
  process.exitCode = exitCode;
}

/** Serving fails in one way for whoever starts it; who keeps the store wants to know whether the store is the reason. */
const LONG_RUNNING = ['start', 'serve'];

function fail(error: unknown, name: string, isJson: boolean, { complain }: Surroundings): void {
  const isUsage = error instanceof WrongUsage;
  const isRefusal =
    error instanceof Error && error.name === 'DatabaseRefused' && !LONG_RUNNING.includes(name);
  process.exitCode = isUsage ? 2 : isRefusal ? 3 : 1;
  const lines = told(error);
  if (isJson) complain(JSON.stringify({ errors: lines, exitCode: process.exitCode }));
  else for (const line of lines) complain(isUsage ? `roost ${name}: ${line}` : `roost: ${line}`);
  if (isUsage && !isJson) complain(`Run roost help ${name} for what it takes.`);
}
