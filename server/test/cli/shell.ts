import { runCommand } from '../../src/cli/run.ts';
import {
  composeRoost,
  effectOfDraft,
  examineProviders,
  layersBelow,
  openDatabase,
  openStore,
  PROVIDER_KINDS,
} from '../../src/compose.ts';
import { readConfig, readGuardRules } from '../../src/config.ts';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command line within this process, which costs less than one of its own. */
export async function shell(words: readonly string[], env: Record<string, string>): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const before = process.exitCode;
  process.exitCode = 0;
  await runCommand(words, {
    ...{
      env,
      folder: env.ROOST_DATA ?? '/',
      readConfig,
      readGuardRules,
      composeRoost,
      openStore,
      openDatabase,
      examineProviders,
      layersBelow,
      effectOfDraft,
    },
    providerReaders: async () => PROVIDER_KINDS,
    ask: async () => null,
    print: (text) => {
      stdout += `${text}\n`;
    },
    complain: (text) => {
      stderr += `${text}\n`;
    },
    write: async (bytes) => {
      stdout += bytes.toString();
    },
  });
  const code = Number(process.exitCode);
  process.exitCode = before;
  return { code, stdout, stderr };
}
