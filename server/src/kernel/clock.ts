/** The time, in whole milliseconds since the epoch. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/**
 * A clock that never runs backwards: a step back of the machine's clock must not revive anything that has
 * ended, so time stands still until the machine has caught up.
 */
export function monotonic(clock: Clock): Clock {
  let highest = 0;
  return () => {
    highest = Math.max(highest, clock());
    return highest;
  };
}

/** Milliseconds that have passed since some fixed moment; for durations only. */
export const stopwatchMs = (): number => performance.now();
