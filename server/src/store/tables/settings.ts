import type { Table } from '../table.ts';

/** Facts about the installation itself. */
export type Setting = { readonly name: string; readonly value: string };

export const settings: Table<Setting, { readonly name: string }> = {
  name: 'settings',
  columns: { name: 'text', value: 'text' },
  key: ['name'],
  mutable: ['value'],
  keyValues: (key) => [key.name],
  keyOf: (setting) => setting,
  toRow: (setting) => [setting.name, setting.value],
  fromRow: (row) => ({ name: row[0] as string, value: row[1] as string }),
};
