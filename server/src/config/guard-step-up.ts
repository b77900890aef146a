import { NO_STEP_UP, type StepUpPolicy, type StepUpWay } from '../domain/guard/step-up.ts';
import { isObject, noteUnknown } from './reading.ts';

export const WAYS: readonly StepUpWay[] = ['proof-of-work', 'captcha'];
/** Bounds of the numbers. Beyond 24 bits a phone would work for minutes. */
export const STEP_UP_BOUNDS = { bits: [8, 24], mostAnHour: [0, 100_000] } as const;

/** `guard.stepUp`: what a caller may do where a crowd is refused; nothing when it is left out. */
export function readStepUpPolicy(guard: unknown, problems: string[]): StepUpPolicy {
  const given = isObject(guard) ? guard.stepUp : undefined;
  if (given === undefined) return NO_STEP_UP;
  const path = 'guard.stepUp';
  if (!isObject(given)) {
    problems.push(`${path}: set an object, such as { "ways": ["proof-of-work"] }`);
    return NO_STEP_UP;
  }
  noteUnknown(given, path, ['ways', 'bits', 'mostAnHour'], problems);
  const ways: readonly unknown[] = Array.isArray(given.ways) ? given.ways : [];
  const known = ways.flatMap((way) => WAYS.find((one) => one === way) ?? []);
  if (known.length === 0 || known.length !== ways.length || new Set(known).size !== known.length) {
    problems.push(`${path}.ways: set a list of ${WAYS.join(', ')}`);
  }
  const number = (name: keyof typeof STEP_UP_BOUNDS): number => {
    const value = given[name];
    if (value === undefined) return NO_STEP_UP[name];
    const [least, most] = STEP_UP_BOUNDS[name];
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    problems.push(`${path}.${name}: set a whole number from ${least} to ${most}`);
    return NO_STEP_UP[name];
  };
  return { ways: known, bits: number('bits'), mostAnHour: number('mostAnHour') };
}
