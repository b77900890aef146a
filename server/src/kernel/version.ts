/** Of this Roost (semver.org). */
export const VERSION = '0.1.0';
