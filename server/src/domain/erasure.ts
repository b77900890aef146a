/** A recipient that was erased, as the list of erasures holds it. Nothing in it leads back to whom it was. */
export type Erasure = {
  /** Keyed hash of project, mode and recipient (32 hexadecimal characters), under a key of its own. */
  readonly subject: string;
  readonly atMs: number;
};

const WRITTEN = /\berased:([0-9a-f]{32})t([0-9a-z]{7,10})\b/g;

/** As it stands in the list, in the log and in the audit log. */
export const writeErasure = ({ subject, atMs }: Erasure): string => `erased:${subject}t${atMs.toString(36)}`;

/** Every erasure that a text tells of, whatever stands around it: a list, saved log lines, an exported audit log. */
export function readErasures(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [, subject = '', at = ''] of text.matchAll(WRITTEN)) {
    const atMs = Number.parseInt(at, 36);
    if (atMs > (found.get(subject) ?? 0)) found.set(subject, atMs);
  }
  return found;
}
