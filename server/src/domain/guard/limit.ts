import { isApartFrom } from './apart.ts';
import { brakeOf, closed } from './brake.ts';
import { easesAtMs, HOUR_MS, sum, usualUnverified } from './counts.ts';
import { isOfCrowd, type LimitRule, type Rule } from './rules.ts';
import { partsOf, type Readings, type Sending, type Verdict } from './sending.ts';

const WEEK_MS = 7 * 24 * HOUR_MS;

/** What a limit says of a sending; null where it has nothing to say. */
export function judgeLimit(
  rule: LimitRule,
  rules: readonly Rule[],
  sending: Sending,
  readings: Readings,
  nowMs: number,
): Verdict | null {
  if (rule.channels !== undefined && !rule.channels.includes(sending.channel)) return null;
  if (rule.lines !== undefined && (sending.line === null || !rule.lines.includes(sending.line))) return null;
  const counted = readings.counted[rule.on];
  // Of codes each moment is known; what else goes to a recipient is counted like everything.
  if (rule.on === 'recipient' && counted === undefined) return judgeRecipient(rule, sending, readings, nowMs);
  if (counted === undefined) return null;
  if (sending.isProven && isOfCrowd(rule.on) && rule.of !== 'micros') return null;
  // What is sent to a block that is counted apart is no matter of its country.
  if (rule.on === 'country' && rule.of !== 'micros' && isApartFrom(readings.counted, nowMs)) return null;
  const parts = partsOf(counted);
  const { windowMs } = rule;
  const brakeRule = brakeOfLimit(rule, rules);
  const brake = brakeRule === null ? null : brakeOf(parts);
  const sinceMs = brake?.healedAtMs ?? 0;
  const verified = rule.of === 'unverified' ? sum(parts, 'verified', windowMs, nowMs, sinceMs) : 0;
  const column = rule.of === 'unverified' ? 'sends' : rule.of;
  const had = sum(parts, column, windowMs, nowMs, sinceMs) - verified;
  const value = had + (rule.of === 'micros' ? sending.micros : rule.of === 'wrong' ? 0 : 1);
  const isWary = brake !== null && nowMs < sinceMs + 24 * HOUR_MS;
  const least = (isWary ? rule.mostAfterClosing : undefined) ?? rule.most;
  const carried = Math.floor(least + (rule.perVerified ?? 0) * verified);
  const isMuch = value >= carried && rule.timesUsual !== undefined;
  const usual = isMuch ? usualUnverified(parts, WEEK_MS, nowMs) : 0;
  const most = Math.max(carried, usual * (isWary ? 1 : (rule.timesUsual ?? 0)));
  // A brake that is closed decides alone.
  const isBraked = brake !== null && brake.healedAtMs === null;
  const isOver = !isBraked && (rule.of === 'wrong' ? value >= most : value > most);
  const verdict = { isOver, value, most };
  if (!isOver) return { ...verdict, retryAtMs: null };
  if (brakeRule === null) return { ...verdict, retryAtMs: easesAtMs(parts, column, windowMs, nowMs) };
  const closing = closed(parts, brakeRule, nowMs);
  return { ...verdict, retryAtMs: closing.untilMs, brake: closing };
}

/** The brake that closes when this limit is passed: only one that is in force, as it decides from then on. */
function brakeOfLimit(rule: LimitRule, rules: readonly Rule[]) {
  if (rule.mostAfterClosing === undefined || rule.mode !== 'enforce') return null;
  const found = rules.find((one) => one.kind === 'brake' && one.on === rule.on && one.mode === 'enforce');
  return found?.kind === 'brake' ? found : null;
}

/** Of the codes to one recipient each moment is known. `kept` of them strangers cannot have. */
function judgeRecipient(
  rule: LimitRule,
  { whence }: Sending,
  { recent, projectId }: Readings,
  nowMs: number,
): Verdict {
  const within = recent.filter((send) => send.projectId === projectId && send.atMs > nowMs - rule.windowMs);
  const strangers = within.filter((send) => send.whence === 'unknown');
  const forStrangers = rule.most - (rule.keptForKnown ?? 0);
  const isStranger = whence === 'unknown';
  const isOver = within.length + 1 > rule.most || (isStranger && strangers.length + 1 > forStrangers);
  const blocking = within.length + 1 > rule.most ? within : strangers;
  const most = blocking === strangers && isStranger ? forStrangers : rule.most;
  const oldest = [...blocking].sort((a, b) => a.atMs - b.atMs)[Math.max(0, blocking.length - most)];
  return {
    ...{
      isOver,
      value: (isStranger ? strangers.length : within.length) + 1,
      most: isStranger ? forStrangers : rule.most,
    },
    retryAtMs: isOver ? (oldest?.atMs ?? nowMs) + rule.windowMs : null,
  };
}

/** Who asks from a known place waits for what was asked for from known places: strangers cannot make them wait. */
export function judgeCoolDown(
  waitsMs: readonly number[],
  { whence }: Sending,
  { recent, projectId }: Readings,
  nowMs: number,
): Verdict {
  const lately = recent.filter(
    (send) =>
      send.projectId === projectId &&
      send.atMs > nowMs - HOUR_MS &&
      (whence !== 'known' || send.whence === 'known'),
  );
  const waitMs = waitsMs[Math.min(lately.length, waitsMs.length - 1)] ?? 0;
  const last = Math.max(0, ...lately.map(({ atMs }) => atMs));
  const retryAtMs = last + waitMs;
  const isOver = lately.length > 0 && nowMs < retryAtMs;
  return { isOver, value: lately.length, most: waitsMs.length, retryAtMs: isOver ? retryAtMs : null };
}
