import { join } from 'node:path';
import { type StartedRoost, type StartOptions, startRoost } from '../support/roost.ts';
import type { Env, Scope } from './support.ts';

export const SECRET = Buffer.from('keep what operations need to keep').subarray(0, 32).toString('hex');

/** Where the data of a Roost under test lies, as settings. */
export type Home = { readonly name: string; readonly env: Env & { readonly ROOST_DATA: string } };

/** SQLite in a folder, its master key set from outside, so that another home can have the same. */
export const sqliteHome = (folder: string): Home => ({
  name: 'SQLite',
  env: { ROOST_DATA: folder, ROOST_SECRET_KEY: SECRET },
});

export const postgresHome = (folder: string, url: string): Home => ({
  name: 'PostgreSQL',
  env: { ROOST_DATA: folder, ROOST_SECRET_KEY: SECRET, DATABASE_URL: url },
});

/** Roost in this process, over these data. */
export const startAt = (t: Scope, home: Home, options: StartOptions = {}): Promise<StartedRoost> =>
  startRoost(t, { ...options, folder: home.env.ROOST_DATA, env: { ...home.env, ...options.env } });

export const fileIn = (home: Home): string => join(home.env.ROOST_DATA, 'roost.db');
