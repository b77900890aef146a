import type { Roost } from '@roost/client';

/** What the pages need of the world. */
export type Bank = {
  readonly roost: Roost;
  /** The host that browsers see, for text messages to name: codes are filled in there and nowhere else. null: none. */
  readonly appHost: string | null;
  /** Tells those who run BirdBank, one line at a time. Never holds a number or a code. */
  readonly tellStaff: (line: string) => void;
};

/** To whom Roost makes out its proofs: what is meant for others is worth nothing here. */
export const AUDIENCE = 'birdbank';
