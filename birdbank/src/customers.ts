import { createHmac } from 'node:crypto';
import type { Customer } from './customer.ts';
import type { Keys } from './keys.ts';
import { seal, unseal } from './sealing.ts';
import type { SessionDeps } from './sessions.ts';

/**
 * Those who have an account. Their phone numbers are looked up by a keyed digest; for notices they are kept too, sealed
 * under a key that is not in the database.
 */
export type Customers = {
  find(id: string): Customer | null;
  /** By a user name, whatever its capitals, or by a phone number in E.164. */
  findByName(name: string): Credentials | null;
  findByPhone(e164: string): Customer | null;
  isNameTaken(userName: string): boolean;
  newId(): string;
  /** false, and nothing is kept, when the name or the phone is another customer's. */
  add(wanted: NewCustomer): boolean;
  passwordOf(id: string): string | null;
  /** When the password was last changed; null when there is no such customer. */
  passwordSinceMs(id: string): number | null;
  setPassword(id: string, password: string): void;
  /** false when the name is another customer's. */
  setUserName(id: string, userName: string): boolean;
  /** From then on its owner can sign in with this number; unless it is another customer's, which changes nothing. */
  addPhone(id: string, e164: string, factorId: string): void;
  /**
   * Nobody signs in with the number of this factor any more, if it has one; the answer puts it back. null, and nothing is
   * done, when it is all that its owner signs in with.
   */
  removePhone(id: string, factorId: string): (() => void) | null;
  /** E.164, for notices. */
  phoneNumbers(id: string): readonly string[];
  /** In which notices are written. */
  languageOf(id: string): string;
  setLanguage(id: string, language: string): void;
  /** Factors whose phone number its owner signs in with. */
  signInPhones(id: string): readonly string[];
};
export type Credentials = { readonly customer: Customer; readonly password: string };
export type NewCustomer = {
  readonly id: string;
  readonly userName: string | null;
  readonly password: string;
  readonly phone: string;
  readonly factorId: string;
  readonly language: string;
};

type Row = { readonly [name: string]: unknown };

/** `open` adds to a new customer what else belongs to one, within the same transaction. */
export function createCustomers(
  { database, nowMs, randomBytes }: SessionDeps,
  { lookup, numbers }: Pick<Keys, 'lookup' | 'numbers'>,
  open: (customerId: string, nowMs: number) => void,
): Customers {
  const byId = database.prepare('SELECT * FROM customers WHERE id = ?');
  const byName = database.prepare('SELECT * FROM customers WHERE user_name_key = ?');
  const byPhone = database.prepare(
    'SELECT c.* FROM customer_phones p JOIN customers c ON c.id = p.customer_id WHERE p.phone_digest = ?',
  );
  const insert = database.prepare(
    `INSERT INTO customers (id, user_name, user_name_key, password, created_at_ms, password_changed_at_ms, language)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPhone = database.prepare(
    `INSERT INTO customer_phones (phone_digest, customer_id, factor_id, sealed_number) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const dropPhone = database.prepare(
    `DELETE FROM customer_phones WHERE customer_id = ?1 AND factor_id = ?2 AND
       (EXISTS (SELECT 1 FROM customers WHERE id = ?1 AND user_name IS NOT NULL) OR
        EXISTS (SELECT 1 FROM customer_phones WHERE customer_id = ?1 AND factor_id <> ?2))
     RETURNING phone_digest, sealed_number`,
  );
  const phones = database.prepare(
    'SELECT factor_id, sealed_number FROM customer_phones WHERE customer_id = ?',
  );
  const updateLanguage = database.prepare('UPDATE customers SET language = ? WHERE id = ?');
  const updatePassword = database.prepare(
    'UPDATE customers SET password = ?, password_changed_at_ms = ? WHERE id = ?',
  );
  const updateName = database.prepare(
    'UPDATE OR IGNORE customers SET user_name = ?, user_name_key = ? WHERE id = ?',
  );
  const digest = (e164: string): Buffer => createHmac('sha256', lookup).update(`phone ${e164}`).digest();

  const keyOf = (id: string): string => `${numbers.toString('base64url')} ${id}`;
  const keepPhone = (id: string, e164: string, factorId: string) =>
    insertPhone.run(digest(e164), id, factorId, seal(keyOf(id), e164, randomBytes(12)));

  return {
    find: (id) => customerIn(byId.get(id)),
    findByName(name) {
      const row = name.startsWith('+') ? byPhone.get(digest(name)) : byName.get(nameKey(name));
      const customer = customerIn(row);
      return customer === null ? null : { customer, password: String(row?.password) };
    },
    findByPhone: (e164) => customerIn(byPhone.get(digest(e164))),
    isNameTaken: (userName) => byName.get(nameKey(userName)) !== undefined,
    newId: () => `bb_${randomBytes(16).toString('base64url')}`,
    add({ id, userName, password, phone, factorId, language }) {
      database.exec('BEGIN IMMEDIATE');
      try {
        const now = nowMs();
        insert.run(id, userName, userName === null ? null : nameKey(userName), password, now, now, language);
        const { changes } = keepPhone(id, phone, factorId);
        if (changes === 1) open(id, now);
        database.exec(changes === 1 ? 'COMMIT' : 'ROLLBACK');
        return changes === 1;
      } catch (error) {
        database.exec('ROLLBACK');
        if (/UNIQUE constraint failed/.test(String(error))) return false;
        throw error;
      }
    },
    passwordOf: (id) => (byId.get(id)?.password as string | undefined) ?? null,
    passwordSinceMs: (id) => (byId.get(id)?.password_changed_at_ms as number | undefined) ?? null,
    setPassword(id, password) {
      updatePassword.run(password, nowMs(), id);
    },
    setUserName: (id, userName) => updateName.run(userName, nameKey(userName), id).changes === 1,
    addPhone(id, e164, factorId) {
      keepPhone(id, e164, factorId);
    },
    removePhone(id, factorId) {
      const row = dropPhone.get(id, factorId);
      if (row !== undefined) {
        return () => void insertPhone.run(row.phone_digest ?? null, id, factorId, row.sealed_number ?? null);
      }
      const isLast = phones.all(id).some((phone) => phone.factor_id === factorId);
      return isLast ? null : () => {};
    },
    phoneNumbers: (id) =>
      phones.all(id).flatMap(({ sealed_number: sealed }) => {
        const number = sealed === null ? null : unseal(keyOf(id), sealed as Uint8Array);
        return typeof number === 'string' ? [number] : [];
      }),
    languageOf: (id) => String(byId.get(id)?.language ?? 'en'),
    setLanguage(id, language) {
      updateLanguage.run(language, id);
    },
    signInPhones: (id) => phones.all(id).map((row) => String(row.factor_id)),
  };
}

const customerIn = (row: Row | undefined): Customer | null =>
  row === undefined
    ? null
    : {
        id: String(row.id),
        userName: (row.user_name as string | null) ?? null,
        createdAtMs: Number(row.created_at_ms),
      };

/** Names that look alike to their reader are one name. */
const nameKey = (userName: string): string => userName.normalize('NFKC').toLowerCase();
