import type { Bank } from './bank.ts';
import type { CustomerSessions } from './customer-sessions.ts';
import type { Customers } from './customers.ts';
import type { Devices } from './devices.ts';
import type { Events } from './events.ts';
import type { PasswordHashes } from './passwords/hash.ts';
import type { Throttle } from './sign-in/throttle.ts';

/** What the pages of signing up, signing in and security need besides. */
export type AuthBank = Bank & {
  readonly customers: Customers;
  readonly customerSessions: CustomerSessions;
  readonly devices: Devices;
  readonly events: Events;
  readonly passwords: PasswordHashes;
  readonly throttle: Throttle;
};
