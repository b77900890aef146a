import { auditExport, auditList, auditVerify } from './audit.ts';
import { backup, backupKeys, restore } from './backup.ts';
import { blocksLift, blocksList } from './blocks.ts';
import { type Command, NO_OPTIONS } from './command.ts';
import { doctor } from './doctor.ts';
import { erase } from './erase.ts';
import { exportCommand } from './export.ts';
import { factorsExport } from './factors.ts';
import { guardCheck, guardReplay } from './guard.ts';
import { guardRules } from './guard-rules.ts';
import { health } from './health.ts';
import { keysCreate, keysList, keysRevoke, keysRotate } from './keys.ts';
import { layerCommands } from './layer-commands.ts';
import { lint } from './lint.ts';
import { listen } from './listen.ts';
import { messages } from './messages.ts';
import { migrate } from './migrate.ts';
import { operatorsDisable, operatorsLink, operatorsList } from './operators.ts';
import { projects } from './projects.ts';
import { send } from './send.ts';
import { serve } from './serve.ts';
import { settings } from './settings.ts';
import { start } from './start.ts';
import { verificationsList, verificationsSearch, verificationsShow } from './verifications.ts';
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
  'verifications list': verificationsList,
  'verifications search': verificationsSearch,
  'verifications show': verificationsShow,
  listen,
  'blocks list': blocksList,
  'blocks lift': blocksLift,
  'guard rules': guardRules,
  ...layerCommands('guard'),
  'guard check': guardCheck,
  'guard replay': guardReplay,
  ...layerCommands('routes'),
  ...layerCommands('templates'),
  projects,
  'operators list': operatorsList,
  'operators link': operatorsLink,
  'operators disable': operatorsDisable,
  'keys list': keysList,
  'keys create': keysCreate,
  'keys rotate': keysRotate,
  'keys revoke': keysRevoke,
  backup,
  'backup-keys': backupKeys,
  restore,
  migrate,
  'verify-store': verifyStore,
  erase,
  export: exportCommand,
  'factors export': factorsExport,
  'audit list': auditList,
  'audit verify': auditVerify,
  'audit export': auditExport,
  lint,
  health,
  version,
};
