import type { Spread } from './engine.ts';

/** Processor time, in milliseconds. A batch costs something however many works it holds. */
export type Costs = {
  readonly createMs: number;
  /** Writing down what became of a message: a work of its own, after each create. */
  readonly settleMs: number;
  readonly checkMs: number;
  readonly batchMs: number;
};

/** What a calibrating run measured on one machine; see calibrate.ts. */
export type Parameters = {
  readonly node: Costs;
  readonly database: Costs;
  /** The driver's processor time for one request. */
  readonly driverMs: number;
  /** There and back between two processes of one machine, waking up included. */
  readonly loopbackMs: number;
  readonly sync: Spread;
  readonly cores: number;
  /** The speed of a core while all work, beside its speed when it works alone. */
  readonly crowding: number;
};

export type Work = 'create' | 'check' | 'pairs';

/** One set of figures, measured or simulated, for the same load. */
export type Figures = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** One measured case. */
export type Measured = Figures & {
  readonly work: Work;
  readonly nodes: number;
  readonly connections: number;
  /** Cores that somebody else used meanwhile. */
  readonly othersCores: number;
};

export type Calibration = {
  readonly takenAt: string;
  readonly parameters: Parameters;
  /** All cases; the parameters come from those with one node and 1 or 64 connections. */
  readonly measured: readonly Measured[];
};

/** Works that share one commit, at most. */
export const MOST_IN_BATCH = 512;
/** How long Roost tries before it answers 503. */
export const PATIENCE_MS = 5_000;
