import type { Roost } from '@roost/client';

/** What the pages need of the world. */
export type Bank = {
  readonly roost: Roost;
  /** Tells those who run BirdBank, one line at a time. Never holds a number or a code. */
  readonly tellStaff: (line: string) => void;
};

/** To whom Roost makes out its proofs: what is meant for others is worth nothing here. */
export const AUDIENCE = 'birdbank';
