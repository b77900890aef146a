import { type Counted, type Counts, NOTHING } from '../domain/guard/counts.ts';
import { type Judgement, judge, SAFE } from '../domain/guard/judge.ts';
import { keptUntilMs } from '../domain/guard/kept.ts';
import { type GuardWhence, type NotedSubject, writeNote } from '../domain/guard/note.ts';
import { type OtherWays, othersThan, otherWays } from '../domain/guard/other-ways.ts';
import {
  factsOfRange,
  type Line,
  type LineKind,
  type NeverReason,
  neverByCode,
} from '../domain/guard/ranges.ts';
import { isExact, type Rule, type SubjectKind, subjectsOf } from '../domain/guard/rules.ts';
import { isSafe } from '../domain/guard/safe-list.ts';
import { blockOf, placeInBlock, type Sending } from '../domain/guard/sending.ts';
import { listedAs, type NumberLists, signalsOf } from '../domain/guard/signals.ts';
import { isSteppable, type StepUpPolicy } from '../domain/guard/step-up.ts';
import { codeRules } from '../domain/guard/text-rules.ts';
import type { Channel } from '../domain/message.ts';
import type { NewVerification } from '../domain/new-verification.ts';
import type { Scope } from '../domain/scope.ts';
import { isKnown, NOWHERE, type Whereabouts } from '../domain/whereabouts.ts';
import { type Failure, refuse } from '../kernel/failure.ts';
import { maskRecipient } from '../kernel/mask.ts';
import type { Random } from '../kernel/random.ts';
import { wireDateFrom } from '../kernel/wire-date.ts';
import {
  type Awaitable,
  type RecentCode,
  type Tally,
  type TallySubject,
  type Transaction,
  tables,
} from '../store/store.ts';
import {
  mayStepUp,
  type PreparedStepUp,
  prepareStepUp,
  type StepUpTallies,
  stepUpTallies,
  useStepUp,
} from './guard-step-up.ts';
import type { Route } from './router.ts';
import type { Vault } from './vault.ts';

/** Who asks for a code, and for whom as far as the customer's service tells. */
export type Asker = {
  /** Public id of the access key; empty where none is used. */
  readonly keyId: string;
  readonly whereabouts: Whereabouts;
  /** What the caller brings to be let through where a crowd is refused, as it was sent. */
  readonly stepUp?: string | null;
  /** For whom, as the customer names them: by the key that is known of a user, or by a name that is not hashed yet. */
  readonly user?: { readonly key: string } | { readonly name: string } | null;
};
export const NOBODY: Asker = { keyId: '', whereabouts: NOWHERE };

/** `by` is the public id of the access key; null where none was used. */
export type Exemption = Scope & {
  readonly by: string | null;
  readonly rule: string;
  readonly recipientKey: string;
};

export type GuardDeps = {
  readonly vault: Pick<Vault, 'hauntKey' | 'subjectKey' | 'blockKey' | 'puzzleTag' | 'userKey'>;
  readonly stepUp: StepUpPolicy;
  readonly lists: NumberLists;
  /** Writes into the audit log that the safe list let a code through, which a rule would have refused. */
  readonly noteExempt: (tx: Transaction, entry: Exemption) => void;
  readonly random: Random;
  readonly nowMs: () => number;
  readonly rules: (scope: Scope) => readonly Rule[];
  /** Channels that a project has a way for, to numbers of this country and to mailboxes; asked for only once a code is refused. */
  readonly channels: (projectId: string, country: string | null) => readonly Channel[];
  /** Whether rules refuse what a real provider would carry. */
  readonly isEnforced: boolean;
};

/** All that the guard needs to know of one sending before the transaction. */
export type Guarded = {
  readonly rules: readonly Rule[];
  readonly force: 'refuse' | 'record';
  /** A real provider carries it, so that a success shows whose number it is. */
  readonly isReal: boolean;
  readonly asker: Asker;
  readonly wanted: NewVerification;
  readonly micros: number;
  readonly range: NeverReason | null;
  /** What the number rings; null where nobody looked. */
  readonly line: LineKind | null;
  readonly listed: ReturnType<typeof listedAs>;
  /** Of a number on the safe list: notes that a rule let it through for that. */
  readonly exempt: ((tx: Transaction, rule: string) => void) | null;
  readonly channels: GuardDeps['channels'];
  /** Where the number stands within its block. */
  readonly place: number;
  /** All that it could be counted on, for a replay by other rules; those that some rule counts on have a tally. */
  readonly subjects: readonly (Asked & { readonly tally: TallySubject | null })[];
  /** Keys of where it is asked from, after the one of all places of the recipient; empty when nobody says. */
  readonly places: readonly string[];
  readonly stepUp: PreparedStepUp;
};

type Asked = Omit<NotedSubject, 'isCounted'>;

type Question = {
  readonly scope: Scope;
  readonly wanted: NewVerification;
  readonly recipientKey: string;
  readonly asker: Asker;
  readonly route: Pick<Route, 'keepsCodes' | 'routing'>;
};

/**
 * Names what a sending is counted on, made once and outside of the transaction. `also` names what others count on, who keep
 * those counts themselves.
 */
export function prepareGuard(
  deps: GuardDeps,
  { scope, wanted, recipientKey, asker, route }: Question,
  also: ReadonlySet<SubjectKind> = NO_KINDS,
): Guarded {
  const rules = codeRules(deps.rules(scope));
  const isReal = !route.keepsCodes;
  const countsOn = subjectsOf(rules);
  const facts = rangeOf(rules, wanted, isReal, countsOn.has('line') || also.has('line'));
  const force = isReal && deps.isEnforced ? 'refuse' : 'record';
  return {
    ...{ rules, force, isReal, asker, wanted, channels: deps.channels },
    // As it is carried, which may be by a dearer channel than was asked for.
    micros: isReal ? (route.routing?.estimate?.micros ?? 0) : 0,
    ...facts,
    listed: wanted.recipient.kind === 'phone' ? listedAs(deps.lists, wanted.recipient.address) : [],
    exempt: exemptOf(deps, scope, wanted, asker, recipientKey),
    place: placeOf(deps.vault, wanted),
    subjects: subjectsFor(deps, { rules, countsOn, also, scope, wanted, asker, force, line: lineOf(facts) }),
    places: placesOf(deps.vault, scope, recipientKey, asker.whereabouts),
    stepUp: prepareStepUp(deps, { ...scope, recipientKey }, asker.stepUp ?? null, wanted, force),
  };
}

function exemptOf(
  { lists, noteExempt }: GuardDeps,
  { projectId, mode }: Scope,
  { recipient }: NewVerification,
  { keyId }: Asker,
  recipientKey: string,
): Guarded['exempt'] {
  if (recipient.kind !== 'phone' || !isSafe(lists.safe, projectId, recipient.address)) return null;
  const by = keyId === '' ? null : keyId;
  return (tx, rule) => noteExempt(tx, { projectId, mode, by, rule, recipientKey });
}

const NO_KINDS: ReadonlySet<SubjectKind> = new Set();

/** What kind of number it is takes as long to find out as all other rules together, so the sandbox asks less. */
function rangeOf(
  rules: readonly Rule[],
  { recipient }: NewVerification,
  isReal: boolean,
  isCounted: boolean,
): Pick<Guarded, 'range' | 'line'> {
  const isAsked = rules.some(({ kind, mode }) => kind === 'ranges' && mode !== 'off');
  if (!(isAsked || isCounted) || recipient.kind !== 'phone') return { range: null, line: null };
  if (!isReal && !isCounted) return { range: neverByCode(recipient.address), line: null };
  const { never, line } = factsOfRange(recipient.address);
  return { range: never, line };
}

/** As rules on lines count it. */
export const lineOf = ({ range, line }: Pick<Guarded, 'range' | 'line'>): Line | null => range ?? line;

function placeOf(vault: GuardDeps['vault'], { recipient }: NewVerification): number {
  if (recipient.kind !== 'phone') return 0;
  return placeInBlock(recipient.address, vault.blockKey(blockOf(recipient.address)).turn);
}

type Counting = {
  readonly rules: readonly Rule[];
  readonly countsOn: ReadonlySet<SubjectKind>;
  readonly also: ReadonlySet<SubjectKind>;
  readonly scope: Scope;
  readonly wanted: NewVerification;
  readonly asker: Asker;
  readonly force: Guarded['force'];
  readonly line: Line | null;
};

function subjectsFor(
  { vault }: GuardDeps,
  { rules, countsOn, also, scope, wanted: { recipient }, asker, force, line }: Counting,
): Guarded['subjects'] {
  const { keyId, whereabouts, user = null } = asker;
  const found: Guarded['subjects'][number][] = [];
  const add = (kind: SubjectKind, what: string) => {
    const exact = force === 'refuse' && isExact(rules, kind);
    const tally = countsOn.has(kind) ? { name: tallyName(scope, kind, what), isExact: exact } : null;
    found.push({ kind, what, isExact: exact, tally });
  };
  if (recipient.kind === 'phone') {
    add('block', vault.blockKey(blockOf(recipient.address)).key);
    if (recipient.country !== null) add('country', recipient.country);
  }
  if (keyId !== '') add('key', keyId);
  const { network, device } = whereabouts;
  if (network !== null) add('network', vault.subjectKey('network', network));
  if (device !== null) add('device', vault.subjectKey('device', device));
  // What a user's key is costs a hash, so it is asked for only where it is counted on, or is known.
  if (user !== null && 'key' in user) add('user', user.key);
  else if (user !== null && countsOn.has('user')) add('user', vault.userKey(scope, user.name));
  if (line !== null && (countsOn.has('line') || also.has('line'))) add('line', line);
  if (countsOn.has('project')) add('project', '');
  if (countsOn.has('installation')) add('installation', '');
  return found;
}

/** What a subject's counts are kept under. */
export const tallyName = ({ projectId, mode }: Scope, kind: SubjectKind, what: string): string =>
  kind === 'installation' ? kind : `${mode} ${projectId} ${kind} ${what}`;

function placesOf(vault: GuardDeps['vault'], scope: Scope, recipientKey: string, at: Whereabouts): string[] {
  const user = { ...scope, userKey: recipientKey };
  if (at.network === null && at.device === null) return [];
  return [
    vault.hauntKey(user, 'any', ''),
    ...(at.network === null ? [] : [vault.hauntKey(user, 'network', at.network)]),
    ...(at.device === null ? [] : [vault.hauntKey(user, 'device', at.device)]),
  ];
}

/** What was read for one sending. From here on nothing is awaited until it is kept: see `Tally`. */
export type GuardFacts = {
  readonly whence: GuardWhence;
  readonly recent: readonly RecentCode[];
  readonly isProven: boolean;
  readonly tallies: readonly (readonly [SubjectKind, Tally])[];
  readonly stepUp: StepUpTallies | null;
  /** See `Guarded`, within this transaction. */
  readonly exempt: ((rule: string) => void) | null;
};

/** Reads all that the rules look at, in one go. */
export async function readGuardFacts(
  tx: Transaction,
  { isReal, subjects, places, stepUp, exempt }: Guarded,
  about: Scope & { readonly recipientKey: string },
): Promise<GuardFacts> {
  const { projectId, mode, recipientKey } = about;
  const haunts = places.map((hauntKey) => tx.get(tables.haunts, { projectId, mode, hauntKey }));
  const counted = subjects.flatMap(({ kind, tally }) => (tally === null ? [] : [{ kind, tally }]));
  const tallies = counted.map(({ tally }) => tx.tally(tally));
  const stepped = stepUp.subjects.map((subject) => tx.tally(subject));
  // Only a real provider shows that a number is somebody's.
  const proven = isReal ? tx.list(tables.provenVerifications, about) : [];
  const recent = await tx.recentCodes(recipientKey);
  const [anywhere = null, ...here] = await all(haunts);
  const isProven = (await proven).length > 0;
  // Last, so that nothing is awaited between reading them and keeping them.
  const [read, extra] = [await all(tallies), await all(stepped)];
  const isAtHome = here.some((haunt) => isKnown(haunt, tx.nowMs));
  const isElsewhere = isKnown(anywhere, tx.nowMs);
  return {
    whence: places.length === 0 ? 'unsaid' : isAtHome ? 'known' : isElsewhere ? 'unknown' : 'new',
    ...{ recent, isProven },
    tallies: counted.map(({ kind }, i) => [kind, read[i] as Tally]),
    stepUp: extra.length === 0 ? null : stepUpTallies(extra),
    exempt: exempt === null ? null : (rule) => exempt(tx, rule),
  };
}

async function all<T>(values: readonly Awaitable<T>[]): Promise<readonly T[]> {
  const isReady = !values.some((value) => value instanceof Promise);
  return isReady ? (values as readonly T[]) : Promise.all(values);
}

export type Guarding = Omit<Judgement, 'refusal'> & {
  readonly note: string;
  readonly refusal: RefusedSending | null;
};
type RefusedSending = NonNullable<Judgement['refusal']> & { readonly ways?: OtherWays };

/** Judges, and keeps what is counted. Called after everything else that may refuse, and without awaiting since. */
export function guardSending(
  guarded: Guarded,
  { whence, recent, isProven, tallies, stepUp: stepTallies, exempt }: GuardFacts,
  projectId: string,
  nowMs: number,
): Guarding {
  const { rules, force, wanted, micros, range, line, listed, place, subjects, places, stepUp } = guarded;
  const { recipient, channel } = wanted;
  const sending: Sending = {
    ...{ channel, range, line: lineOf({ range, line }), place, isProven, micros, whence },
    country: recipient.kind === 'phone' ? recipient.country : null,
    ...(exempt === null ? {} : { isSafe: true }),
  };
  const counted: { readonly [kind in SubjectKind]?: Counted } = Object.fromEntries(
    tallies.map(([kind, { own, others }]) => [kind, { own: own ?? NOTHING, others }]),
  );
  const readings = { projectId, recent, counted };
  const first = judge(rules, sending, readings, force, nowMs);
  const isOpen = first.refusal !== null && mayStepUp(stepUp, stepTallies, first.refusal, nowMs);
  const second = isOpen ? judge(rules, { ...sending, hasSteppedUp: true }, readings, force, nowMs) : first;
  const judgement = second.refusal === null ? second : first;
  if (isOpen && stepTallies !== null && second.refusal === null) useStepUp(stepUp, stepTallies, nowMs);
  for (const [kind, tally] of tallies) {
    const next: Counts | undefined = judgement.kept[kind];
    if (next !== undefined) tally.keep(next, keptUntilMs(kind, nowMs));
  }
  const { uncounted } = judgement;
  if (exempt !== null && judgement.refusal === null) exemptedBy(rules, judgement, force).forEach(exempt);
  const noted = subjects.map(({ kind, what, isExact, tally }) => ({
    ...{ kind, what, isExact, isCounted: tally !== null && !uncounted.includes(kind) },
  }));
  const note = writeNote({
    ...(exempt === null ? {} : { isSafe: true as const }),
    ...{ whence, isProven, line, subjects: noted, places, micros, place },
    readings: judgement.readings,
    signals:
      recipient.kind === 'phone'
        ? signalsOf({ line, listed, isProven, block: partsOf(counted.block) }, nowMs)
        : [],
  });
  const { refusal } = judgement;
  if (refusal === null) return { ...judgement, refusal, note };
  const all = othersThan(channel, guarded.channels(projectId, sending.country));
  const ways = otherWays(rules, sending, readings, all, nowMs);
  return { ...judgement, refusal: { ...refusal, ways }, note };
}

/** The rules in force that would have refused, but for the safe list. */
export function exemptedBy(
  rules: readonly Rule[],
  { readings }: Pick<Judgement, 'readings'>,
  force: Guarded['force'],
): readonly string[] {
  const found = force === 'refuse' ? readings.filter(({ note }) => note === SAFE) : [];
  return found
    .map(({ rule }) => rule)
    .filter((id) => rules.some((rule) => rule.id === id && rule.mode === 'enforce'));
}

const partsOf = (counted: Counted | undefined): readonly Counts[] =>
  counted === undefined ? [] : [counted.own, ...counted.others];

/** The refusal as callers are told it: the same sentence whichever rule it was, and when to try again. */
export function guardFailure(
  { rule, kind, on, of, retryAtMs, ways = NO_WAYS }: RefusedSending,
  decision: string,
  { stepUp }: Guarded,
  about: { readonly words: string; readonly parameter: string } = CODE,
): Failure {
  const facts = {
    ...{ decision, rule },
    ...(retryAtMs === null ? {} : { retryAtMs }),
    ...(stepUp.offer === null || !isSteppable(on, of) ? {} : { stepUp: stepUp.offer }),
  };
  if (of === 'micros') return refuse('money_spent', 'the sending budget is used up', null, facts);
  if (kind === 'rate') return refuse('flooded', 'too many requests with this access key', null, facts);
  const when = retryAtMs === null ? '' : `; try again after ${wireDateFrom(retryAtMs)}`;
  // The sentence may reach a stranger, so it names what there is; which of it is open now is for the caller alone.
  const how = ways.all.length === 0 ? '' : `; another way may be open: ${ways.all.join(', ')}`;
  const told = ways.open.length === 0 ? facts : { ...facts, channelsLeft: ways.open };
  return refuse('sending_refused', `${about.words}${when}${how}`, about.parameter, told);
}

const NO_WAYS: OtherWays = { all: [], open: [] };
const CODE = { words: 'no code is sent to this recipient now', parameter: 'recipient' };

/** What is kept of a sending that was refused. */
export function refusalRow(
  { asker, wanted }: Guarded,
  { refusal, note }: Pick<Guarding, 'refusal' | 'note'>,
  about: Scope & { readonly id: string; readonly recipientKey: string },
  nowMs: number,
) {
  const { recipient, channel } = wanted;
  return {
    ...{ ...about, atMs: nowMs, channel, keyId: asker.keyId, guard: note },
    recipient: maskRecipient(recipient.address),
    country: recipient.kind === 'phone' ? recipient.country : null,
    rule: refusal?.rule ?? '',
    retryAtMs: refusal?.retryAtMs ?? null,
  };
}
