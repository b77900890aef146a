import { isUnowned, makeLink } from '../app/operators/links.ts';
import { changeOperator, listOperators } from '../app/operators/people.ts';
import type { Config } from '../config.ts';
import { type Operator, ROLES } from '../domain/operator.ts';
import { Failure } from '../kernel/failure.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, NO_OPTIONS, WrongUsage } from './command.ts';
import { reachable } from './reachable.ts';
import { auditOf, counted, NOT_AUDITED, readSettings, withStore } from './store-tools.ts';

export const operatorsList: Command = {
  does: 'Lists who may sign in to the console',
  words: [],
  ...NO_OPTIONS,
  more: [],
  examples: ['roost operators list', 'roost operators list --json'],
  run: (surroundings) =>
    withStore(surroundings, async (store) => {
      const found = await listOperators({ store, audit: NO_AUDIT });
      const lines = found
        .map(shown)
        .map(({ name, role, since, disabled }) =>
          [
            name.padEnd(24),
            role.padEnd(8),
            since,
            disabled === null ? 'may sign in' : `disabled ${disabled}`,
          ].join('  '),
        );
      return { json: { operators: found.map(shown) }, text: [...lines, counted(found.length, 'operator')] };
    }),
};

export const operatorsLink: Command = {
  does: 'Prints a link by which somebody becomes an operator, once',
  words: [],
  options: { role: { type: 'string' } },
  optionWords: [['--role reader', `one of ${ROLES.join(', ')}; owner while there is none`]],
  more: [
    'Whoever opens the link chooses name, password and second factor. It works once, within three days; within an hour while',
    'the console has no owner yet. Also the way back in for an owner who has lost theirs: make a new one, then disable the old.',
    'Hand it over where only that person reads it. It is written down that a link was made, never the link.',
  ],
  examples: ['roost operators link --role support', 'roost operators link --json'],
  run(surroundings, { options }) {
    const role = ROLES.find((one) => one === options.role);
    if (options.role !== undefined && role === undefined)
      throw new WrongUsage(`--role: set one of ${ROLES.join(', ')}`);
    return withStore(surroundings, async (store) => {
      const first = await isUnowned({ store });
      const given = role ?? (first ? 'owner' : null);
      if (given === null) throw new WrongUsage(`--role: set one of ${ROLES.join(', ')}`);
      const purpose = first && given === 'owner' ? 'first' : 'invite';
      const secret = await makeLink({ store, random: systemRandom }, purpose, given);
      const audit = auditOf(surroundings, store);
      const entry = { actor: null, action: 'operator.invited', object: given, result: 'link made' };
      if (audit !== null) await store.transaction(async (tx) => audit.note(tx, entry));
      const link = `${baseOf(readSettings(surroundings))}/console/link/${secret}`;
      const hours = purpose === 'first' ? 1 : 72;
      return {
        json: { link, role: given, hours },
        text: [
          `This link makes one operator with the role ${given}. It works once, within ${counted(hours, 'hour')}:`,
          `  ${link}`,
          ...(audit === null ? [NOT_AUDITED] : []),
        ],
      };
    });
  },
};

export const operatorsDisable: Command = {
  does: 'Takes the console away from somebody, and ends their sessions',
  words: ['NAME'],
  ...NO_OPTIONS,
  more: ['NAME is what roost operators list shows. The last owner stays: make another one first.'],
  examples: ['roost operators disable ann@example.com'],
  run: (surroundings, { words: [name = ''] }) =>
    withStore(surroundings, async (store) => {
      const audit = auditOf(surroundings, store);
      const deps = { store, audit: audit ?? NO_AUDIT };
      const operator = (await listOperators(deps)).find((one) => one.name === name.trim().toLowerCase());
      if (operator === undefined)
        throw new Error(`there is no operator ${JSON.stringify(name)}; roost operators list shows them all`);
      const after = await changeOperator(deps, null, operator.id, { isDisabled: true }).catch(
        (error: unknown) => {
          if (error instanceof Failure) throw new Error(error.message);
          throw error;
        },
      );
      return {
        json: { disabled: shown(after) },
        text: [
          `${after.name} may not sign in any more; their sessions are ended.`,
          ...(audit === null ? [NOT_AUDITED] : []),
        ],
      };
    }),
};

const NO_AUDIT = { note() {} };

const baseOf = ({ publicUrl, host, port }: Config): string =>
  publicUrl ?? `http://${named(reachable(host))}:${port}`;

/** The console's cookies and passkeys know this machine by its name. */
const named = (host: string): string => (host === '127.0.0.1' || host === '[::1]' ? 'localhost' : host);

function shown({ id, name, role, createdAtMs, disabledAtMs }: Operator) {
  const disabled = disabledAtMs === null ? null : new Date(disabledAtMs).toISOString();
  return { id, name, role, since: new Date(createdAtMs).toISOString(), disabled };
}
