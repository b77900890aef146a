import { readFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry */

/**
 * Whether `node_modules` holds exactly what `package-lock.json` asks for, by npm's own record of what it installed.
 * So somebody who has just run `npm install` does not install again.
 * @param {string} folder
 */
export function matchesLock(folder) {
  const wanted = packagesIn(path.join(folder, 'package-lock.json'));
  const installed = packagesIn(path.join(folder, 'node_modules', '.package-lock.json'));
  if (wanted === null || installed === null) return false;
  const places = Object.entries(wanted).filter(([place]) => place.includes('node_modules/'));
  return (
    places.every(([place, entry]) => isSame(entry, installed[place])) &&
    Object.keys(installed).every((place) => place in wanted)
  );
}

/**
 * @param {Entry} wanted
 * @param {Entry | undefined} installed
 */
function isSame(wanted, installed) {
  if (installed === undefined) return wanted.optional === true; // for another platform
  return wanted.version === installed.version && wanted.integrity === installed.integrity;
}

/** @param {string} file @returns {Record<string, Entry> | null} */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}
