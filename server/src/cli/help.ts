import type { Command } from './command.ts';

const EXIT_CODES = [
  '0  done',
  '1  it failed',
  '2  the command line is wrong',
  '3  the store is damaged, or refused',
];

/** The list of all commands. */
export function help(commands: Readonly<Record<string, Command>>): string {
  const names = Object.entries(commands).map(([name, { words }]) => [name, ...words].join(' '));
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = Object.values(commands).map(({ does }, i) => `  roost ${names[i]?.padEnd(width)}${does}`);
  return [
    'Roost verifies phone numbers and mailboxes.',
    '',
    ...lines,
    '',
    'Every command takes --json, and --help for more about it.',
    `Exit codes: ${EXIT_CODES.join('; ')}.`,
    'Settings come from the environment; see docs/operations.md.',
  ].join('\n');
}

/** All about one command. */
export function helpOf(name: string, { does, words, optionWords, more, examples }: Command): string {
  const options = [...optionWords, ['--json', 'answers one JSON object']] as const;
  const width = Math.max(...options.map(([option]) => option.length)) + 2;
  return [
    ['Usage: roost', name, ...words, '[options]'].join(' '),
    '',
    `${does}.`,
    ...more,
    '',
    ...options.map(([option, about]) => `  ${option.padEnd(width)}${about}`),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}
