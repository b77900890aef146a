/** Accounts, what was booked on them, payees and payments. Amounts are whole cents. */
export const BANKING_SCHEMA = `
  CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('current', 'savings')),
    iban TEXT NOT NULL UNIQUE,
    overdraft_cents INTEGER NOT NULL CHECK (overdraft_cents >= 0),
    UNIQUE (customer_id, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE payees (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    iban TEXT NOT NULL,
    approved_at_ms INTEGER,
    UNIQUE (customer_id, iban)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'transfer')),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    payee_name TEXT NOT NULL,
    payee_iban TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    reference TEXT,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'executed', 'refused', 'expired', 'cancelled')),
    reason TEXT,
    challenge TEXT UNIQUE,
    factor TEXT,
    evidence TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,
    CHECK ((state IN ('draft', 'waiting')) = (closed_at_ms IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX payments_by_customer ON payments (customer_id, created_at_ms DESC);
  CREATE TABLE bookings (
    id INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    booked_at_ms INTEGER NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents <> 0),
    kind TEXT NOT NULL,
    name TEXT,
    iban TEXT,
    reference TEXT,
    payment_id TEXT REFERENCES payments (id),
    approval TEXT,
    UNIQUE (payment_id, account_id)
  ) STRICT;
  CREATE INDEX bookings_by_account ON bookings (account_id, booked_at_ms, amount_cents);
  CREATE TRIGGER bookings_stay BEFORE UPDATE ON bookings BEGIN SELECT RAISE(ABORT, 'bookings do not change'); END;`;
