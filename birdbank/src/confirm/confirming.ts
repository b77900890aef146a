import type { Bank } from '../bank.ts';
import type { CustomerRoutes, CustomerVisit, Purpose, Subject } from '../customer.ts';
import type { Events } from '../events.ts';
import { HOME } from '../home.ts';
import { leaveFlash, takeFlash } from '../pages/parts.ts';
import { simplePage } from '../pages/problem.ts';
import type { Problem } from '../session-data.ts';
import type { Answer } from '../visit.ts';
import type { Asked } from './asked.ts';
import { answerChallenge, chooseFactor, chosenOf, openChallenge, sendAnother } from './asking.ts';
import { confirmPage } from './page.ts';

export type Confirming = ReturnType<typeof createConfirming>;

const MOST_ASKED = 5;

/** Customers confirm something, each in a challenge of its own, with one of their factors. */
export function createConfirming(bank: Bank, events: Events, purposes: readonly Purpose[]) {
  const ask: CustomerRoutes['ask'] = async (visit, { purpose, reference }) => {
    const subject = subjectOf(visit, purpose, reference);
    if (subject === null) return gone(visit);
    const opened = await openChallenge(bank, visit, {
      ...{ customerId: visit.customer.id, purpose, reference, kinds: null },
      ...{ transaction: subject.transaction, exceptFactor: subject.exceptFactor },
    });
    if (opened.kind !== 'asked') {
      const nothing = [{ text: visit.words.confirm.nothing, field: null }];
      leaveFlash(visit, subject.backTo, { problems: opened.kind === 'failed' ? opened.problems : nothing });
      return { redirectTo: subject.backTo };
    }
    const before = visit.session.asked.filter(({ expiresAtMs }) => expiresAtMs > visit.nowMs);
    visit.session = { ...visit.session, asked: [...before, opened.asked].slice(-MOST_ASKED) };
    return again(visit, opened.asked, opened.problems, null);
  };

  /** What is asked under the address of this page, in this session, with what it is about. */
  function found(visit: CustomerVisit): { readonly asked: Asked; readonly subject: Subject } | null {
    const asked = visit.session.asked.find(({ challenge }) => challenge === visit.params.challenge);
    if (asked === undefined || asked.expiresAtMs <= visit.nowMs) return null;
    const subject = subjectOf(visit, asked.purpose, asked.reference);
    return subject === null ? null : { asked, subject };
  }

  function subjectOf(visit: CustomerVisit, name: string, reference: string): Subject | null {
    return purposes.find((purpose) => purpose.name === name)?.subject(visit, reference) ?? null;
  }

  return {
    ask,

    /** `GET /confirm/{challenge}` */
    page(visit: CustomerVisit): Answer {
      const here = found(visit);
      if (here === null) return gone(visit);
      const { asked, subject } = here;
      const path = pathOf(asked);
      const { title, details, backTo } = subject;
      return confirmPage(visit, {
        ...{ asked, path, title, details, backTo, more: null },
        flash: takeFlash(visit, path),
      });
    },

    /** `POST /confirm/{challenge}`: judges a code, and does what was confirmed. */
    async answer(visit: CustomerVisit): Promise<Answer> {
      const here = found(visit);
      if (here === null) return gone(visit);
      const { subject } = here;
      const asked = asAnswered(visit, here.asked);
      const { customer } = visit;
      const { transaction } = subject;
      const answered = await answerChallenge(bank, visit, asked, { customerId: customer.id, transaction });
      if (answered.kind === 'again') {
        noteWrong(events, visit, customer.id, asked, answered.asked);
        return again(visit, answered.asked, answered.problems, null);
      }
      drop(visit, asked);
      if (answered.kind === 'over') {
        noteWrong(events, visit, customer.id, asked, { ...asked, attemptsLeft: 0 });
        const over = [...answered.problems, { text: visit.words.confirm.over, field: null }];
        leaveFlash(visit, subject.backTo, { problems: over });
        return { redirectTo: subject.backTo };
      }
      const { id, proof, approvedBy } = answered.challenge;
      visit.session = { ...visit.session, fresh: { atMs: visit.nowMs, factorId: approvedBy.factor } };
      visit.renewId();
      events.used(customer.id, approvedBy.factor, visit.place.label);
      const purpose = purposes.find(({ name }) => name === asked.purpose);
      if (purpose === undefined) return gone(visit);
      const { reference } = asked;
      return purpose.approved(visit, {
        ...{ reference, challenge: id, proof, transaction, factorId: approvedBy.factor },
      });
    },

    /** `POST /confirm/{challenge}/factor`: another way. */
    async choose(visit: CustomerVisit): Promise<Answer> {
      const here = found(visit);
      if (here === null) return gone(visit);
      const step = await chooseFactor(bank, visit, here.asked, visit.field('factor'));
      return again(visit, step.asked, step.problems, null);
    },

    /** `POST /confirm/{challenge}/send`: another code. */
    async send(visit: CustomerVisit): Promise<Answer> {
      const here = found(visit);
      if (here === null) return gone(visit);
      const step = await sendAnother(bank, visit, here.asked);
      const notice = step.problems.length === 0 ? visit.words.confirm.sentAgain : null;
      return again(visit, step.asked, step.problems, notice);
    },
  };
}

const pathOf = ({ challenge }: Asked): string => `/confirm/${challenge}`;

/** A page that was open while another factor was chosen elsewhere still means the one that it shows. */
export function asAnswered(visit: { field(name: string): string }, asked: Asked): Asked {
  const meant = asked.factors.find(({ id }) => id === visit.field('factor'));
  return meant === undefined ? asked : { ...asked, chosen: meant.id };
}

/** A wrong code is for the account's owner to see. */
export function noteWrong(
  events: Events,
  { place }: Pick<CustomerVisit, 'place'>,
  customerId: string,
  before: Asked,
  after: Asked,
): void {
  if (after.attemptsLeft === before.attemptsLeft) return;
  events.add(customerId, { kind: 'wrong-code', factor: chosenOf(before)?.kind ?? null, device: place.label });
}

function again(
  visit: CustomerVisit,
  asked: Asked,
  problems: readonly Problem[],
  notice: string | null,
): Answer {
  const kept = visit.session.asked.map((each) => (each.challenge === asked.challenge ? asked : each));
  visit.session = { ...visit.session, asked: kept };
  if (problems.length > 0 || notice !== null) leaveFlash(visit, pathOf(asked), { problems, notice });
  return { redirectTo: pathOf(asked) };
}

function drop(visit: CustomerVisit, asked: Asked): void {
  const left = visit.session.asked.filter(({ challenge }) => challenge !== asked.challenge);
  visit.session = { ...visit.session, asked: left };
}

function gone(visit: CustomerVisit): Answer {
  return simplePage(404, visit.words.confirm.gone, HOME);
}
