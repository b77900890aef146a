import type { Dialect } from './dialect.ts';

/** What operators set over the configuration file, and every version of it that was in force. */
export function layerSchema({ types: { text, int, json }, tableSuffix }: Dialect): readonly string[] {
  return [
    `CREATE TABLE layers (
      part ${text} NOT NULL, project_id ${text} NOT NULL, version ${int} NOT NULL, document ${json} NOT NULL,
      author ${text}, at_ms ${int} NOT NULL, note ${text} NOT NULL, draft_number ${int} NOT NULL, draft ${json},
      PRIMARY KEY (part, project_id))${tableSuffix}`,
    `CREATE TABLE layer_versions (
      part ${text} NOT NULL, project_id ${text} NOT NULL, version ${int} NOT NULL, document ${json} NOT NULL,
      author ${text}, at_ms ${int} NOT NULL, note ${text} NOT NULL,
      PRIMARY KEY (part, project_id, version))${tableSuffix}`,
  ];
}
