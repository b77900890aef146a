import { Type } from 'typebox';

/** Pieces that the schemas of this wire are made of. */

export const closed = { additionalProperties: false };
export const text = (description: string, more: object = {}) => Type.String({ description, ...more });
export const line = (description: string, maxLength: number) =>
  text(description, { minLength: 1, maxLength, pattern: '^[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+$' });
export const id = (description: string) => text(description, { pattern: '^[0-9a-f]{32}$' });
export const moment = (description: string) => text(description, { format: 'date-time' });
