import { type ProofVerifier, RoostError } from '@roost/client';
import { missingPage, tell } from '../accounts/parts.ts';
import type { Bank } from '../bank.ts';
import { forgetChallenge } from '../confirm/asking.ts';
import type { Approved, CustomerRoutes, CustomerVisit, Purpose } from '../customer.ts';
import { problemsOf } from '../problems.ts';
import type { Answer } from '../visit.ts';
import { type Executed, execute, type Ledger } from './execute.ts';
import { paymentFacts } from './page.ts';
import { approvalReason, digestOf, isPending, type Payment, transactionOf } from './payment.ts';

/** As Roost is told it, and as the proof must say it. */
const PURPOSE = 'payment';

export type Approving = Ledger & Bank & { readonly verifier: ProofVerifier };

/**
 * What a customer is asked to approve: the payment, and its digest as it was when they were asked. This stands in their
 * session, which is sealed, and not beside the payment: whatever happens to the payment meanwhile, it is noticed.
 */
const referenceOf = (payment: Payment): string => `${payment.id}.${digestOf(payment)}`;

function asked(ledger: Ledger, { customer, nowMs }: CustomerVisit, reference: string): Payment | null {
  const payment = ledger.payments.find(customer.id, reference.split('.')[0] ?? '', nowMs);
  const isSame = payment !== null && isPending(payment) && referenceOf(payment) === reference;
  return isSame ? payment : null;
}

/**
 * `POST /payments/{id}/confirm`: pays at once where no approval is needed, and asks for it where it is. `seen` says which
 * payment the customer had before their eyes.
 */
export async function confirmPayment(
  approving: Approving,
  { ask }: Pick<CustomerRoutes, 'ask'>,
  visit: CustomerVisit,
): Promise<Answer> {
  const { customer, params, nowMs, words } = visit;
  const { payments } = approving;
  const payment = payments.find(customer.id, params.id ?? '', nowMs);
  if (payment === null) return missingPage(words.payments.notFound, '/payments');
  const isSeen = visit.field('seen') === digestOf(payment);
  const isAsked = isPending(payment) && approvalReason(payment, payments.facts(payment, nowMs)) !== null;
  if (isSeen && isAsked) {
    await forgetAsked(approving, visit, payment.id);
    payments.wait(customer.id, payment.id, nowMs);
    return ask(visit, { purpose: PURPOSE, reference: referenceOf(payment) });
  }
  const confirmation = { digest: visit.field('seen'), approval: null };
  return answerTo(visit, payment.id, execute(approving, customer.id, payment.id, confirmation, nowMs));
}

/** Takes back what was asked about a payment before: its codes end with it. */
export async function forgetAsked(bank: Bank, visit: CustomerVisit, id: string): Promise<void> {
  const isOld = ({ purpose, reference }: { purpose: string; reference: string }): boolean =>
    purpose === PURPOSE && reference.startsWith(`${id}.`);
  const old = visit.session.asked.filter(isOld);
  visit.session = { ...visit.session, asked: visit.session.asked.filter((each) => !isOld(each)) };
  for (const each of old) await forgetChallenge(bank, each);
}

/** `POST /payments/{id}/cancel` */
export async function cancelPayment(approving: Approving, visit: CustomerVisit): Promise<Answer> {
  const { customer, params, words, nowMs } = visit;
  const { payments } = approving;
  const id = params.id ?? '';
  if (payments.find(customer.id, id, nowMs) === null) {
    return missingPage(words.payments.notFound, '/payments');
  }
  const path = `/payments/${id}`;
  if (payments.cancel(customer.id, id, nowMs) === null) {
    return tell(visit, path, { problems: [{ text: words.payments.problems.closed, field: null }] });
  }
  await forgetAsked(approving, visit, id);
  return { redirectTo: path };
}

/** The approval of payments, for the pages that ask for a factor. */
export const paymentPurpose = (approving: Approving): Purpose => ({
  name: PURPOSE,
  subject(visit, reference) {
    const payment = asked(approving, visit, reference);
    if (payment === null) return null;
    return {
      title: visit.words.payments.pageTitles.waiting,
      details: paymentFacts(approving, payment, visit, null),
      transaction: transactionOf(payment),
      exceptFactor: null,
      backTo: `/payments/${payment.id}`,
    };
  },
  approved: (visit, approved) => executeApproved(approving, visit, approved),
});

// #region approved
/**
 * Executes what was approved: the proof is checked against the payment as it stands now, redeemed, which works once, and
 * then the payment is booked, which works once too.
 */
async function executeApproved(
  approving: Approving,
  visit: CustomerVisit,
  approved: Approved,
): Promise<Answer> {
  const { customer, nowMs } = visit;
  const [id = '', digest = ''] = approved.reference.split('.');
  const payment = asked(approving, visit, approved.reference);
  if (payment !== null) {
    const refused = await redeem(approving, visit, approved, payment);
    if (refused !== null) return refused;
  }
  const approval = { challenge: approved.challenge, factor: approved.factorId };
  const done = execute(approving, customer.id, id, { digest, approval }, nowMs);
  if (done.kind === 'executed') await keepEvidence(approving, customer.id, id, approved.challenge);
  return answerTo(visit, id, done);
}
// #endregion

/** Fetches what Roost signed about the approval. It stays with Roost too, so a payment does not fail over it. */
async function keepEvidence(
  { roost, payments, tellStaff }: Approving,
  customerId: string,
  id: string,
  challenge: string,
): Promise<void> {
  try {
    payments.keepEvidence(customerId, id, (await roost.challenges.evidence(challenge)).signed);
  } catch (error) {
    if (!(error instanceof RoostError)) throw error;
    tellStaff(`the evidence of payment ${id} is to be fetched again: ${error.message}`);
  }
}

/** `GET /payments/{id}/evidence.jws` */
export function evidenceFile({ payments }: Ledger, { customer, params, words }: CustomerVisit): Answer {
  const id = params.id ?? '';
  const signed = payments.evidence(customer.id, id);
  if (signed === null) return missingPage(words.payments.notFound, '/payments');
  return { file: signed, type: 'application/jose', download: `birdbank-${id}.jws` };
}

// #region redeem
/** null once the proof is known to be true and has been used up; else what to answer. */
async function redeem(
  { roost, verifier, payments, tellStaff }: Approving,
  visit: CustomerVisit,
  { proof, challenge, factorId }: Approved,
  payment: Payment,
): Promise<Answer | null> {
  const { customer, words, nowMs } = visit;
  const { problems } = words.payments;
  const path = `/payments/${payment.id}`;
  const expected = { purpose: PURPOSE, transaction: transactionOf(payment) };
  try {
    const said = await verifier.verify(proof, expected);
    if (said.user !== customer.id || said.challenge !== challenge || said.factor !== factorId) {
      throw new RoostError('refused', 'The proof is of another challenge, factor or customer');
    }
    await roost.proofs.redeem(proof, { ...expected, audience: said.audience });
    return null;
  } catch (error) {
    if (!(error instanceof RoostError)) throw error;
    if (error.kind !== 'refused') {
      const [problem] = problemsOf({ tellStaff }, words, error, problems.unknown);
      return tell(visit, path, { problems: problem === undefined ? [] : [problem] });
    }
    tellStaff(`the approval of payment ${payment.id} was refused: ${error.message}`);
    // Used by another confirmation, which may be about to execute it: that is not for this one to end.
    if (error.reason === 'code_spent') {
      return tell(visit, path, { problems: [{ text: problems.used, field: null }] });
    }
    payments.refuse(customer.id, payment.id, 'proof', nowMs);
    return tell(visit, path, { problems: [{ text: problems.proof, field: null }] });
  }
}
// #endregion

/** The page of a payment after a confirmation, with what went wrong. */
function answerTo(visit: CustomerVisit, id: string, done: Executed): Answer {
  const { problems } = visit.words.payments;
  const path = `/payments/${id}`;
  switch (done.kind) {
    case 'executed':
    case 'closed':
      return { redirectTo: path };
    case 'changed':
      return tell(visit, path, { problems: [{ text: problems.changed, field: null }] });
    case 'approval needed':
      return { redirectTo: path };
    case 'not found':
      return missingPage(visit.words.payments.notFound, '/payments');
    default:
      return done satisfies never;
  }
}
