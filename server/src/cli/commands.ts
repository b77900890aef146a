import { backup, restore } from './backup.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { doctor } from './doctor.ts';
import { health } from './health.ts';
import { keysCreate, keysList, keysRevoke } from './keys.ts';
import { lint } from './lint.ts';
import { messages } from './messages.ts';
import { migrate } from './migrate.ts';
import { send } from './send.ts';
import { serve } from './serve.ts';
import { settings } from './settings.ts';
import { start } from './start.ts';
import { verifyStore } from './verify-store.ts';
import { version } from './version.ts';

const startCommand: Command = {
  does: 'Roost and BirdBank with the sandbox, to try things out',
  words: [],
  ...NO_OPTIONS,
  more: ['Stays in the foreground until it gets SIGTERM or Ctrl+C.'],
  examples: ['roost start'],
  run: async (surroundings, { isJson }) => {
    await start(surroundings, isJson);
    return null;
  },
};

const serveCommand: Command = {
  does: 'Roost alone, as in production',
  words: [],
  ...NO_OPTIONS,
  more: [
    'Stays in the foreground until it gets SIGTERM or Ctrl+C; what was accepted is finished within 10 s.',
  ],
  examples: ['roost serve', 'DATABASE_URL=postgres://roost@db/roost ROOST_SECRET_KEY=… roost serve'],
  run: async (surroundings, { isJson }) => {
    await serve(surroundings, isJson);
    return null;
  },
};

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  start: startCommand,
  serve: serveCommand,
  doctor,
  config: settings,
  send,
  messages,
  'keys list': keysList,
  'keys create': keysCreate,
  'keys revoke': keysRevoke,
  backup,
  restore,
  migrate,
  'verify-store': verifyStore,
  lint,
  health,
  version,
};
