import type { FastifyRequest } from 'fastify';
import { checkChallenge, createChallenge } from '../../app/factors/challenge.ts';
import { confirmFactor, listFactors } from '../../app/factors/keep.ts';
import { whereaboutsOf } from '../../app/operators/devices.ts';
import type { SignedIn } from '../../app/operators/sessions.ts';
import { readRecoveryCode } from '../../domain/factor/recovery.ts';
import { type Factor, isUsable } from '../../domain/factor.ts';
import { type Operator, STAFF } from '../../domain/operator.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Html, html } from '../../kernel/html.ts';
import { isId } from '../../kernel/ids.ts';
import { cookieOf } from './cookie.ts';
import type { ConsoleDeps } from './deps.ts';
import { field } from './frame.ts';
import { confirmPasskey, passkeyForm, usePasskey } from './passkeys.ts';
import type { ConsoleForm } from './visit.ts';

type Views = Awaited<ReturnType<typeof listFactors>>;
/** What a factor is shown for: what is answered for one is worth nothing for the other. */
export type Step = 'second' | 'fresh';

/**
 * Takes what somebody shows of any of their factors: a code, or the answer of a passkey. The first of a new one confirms
 * it, as long as they have no other.
 * @throws Failure as `consume` does
 */
export async function proveOperator(
  deps: ConsoleDeps,
  request: FastifyRequest,
  signedIn: SignedIn,
  step: Step,
): Promise<void> {
  const form = request.body as ConsoleForm;
  const views = await listFactors(deps.staff, STAFF, signedIn.operator.id);
  // Once there is one it alone lets in: somebody else may have begun another one with a stolen password.
  // A whole session adds factors on its own page, while it is fresh: here that would make a stale one fresh.
  const isFirst =
    step === 'second' &&
    signedIn.session.stage === 'half' &&
    views.every(({ factor }) => factor.confirmedAtMs === null);
  const session = signedIn.session.digest;
  const device = cookieOf(request, deps, 'device');
  if (form.credential !== undefined && form.credential !== '') {
    if (isFirst) return void (await confirmPasskey(deps, signedIn, form));
    await usePasskey(deps, step, { session, device }, form);
    return;
  }
  if (isFirst && isId(form.factor ?? '')) {
    const key = { ...STAFF, id: form.factor ?? '' };
    await confirmFactor(deps.consume, key, signedIn.operator.id, { typed: form.code ?? '', session: null });
    return;
  }
  await checkCode(deps, signedIn.operator.id, views, { typed: form.code ?? '', step, session, device });
}

async function checkCode(
  deps: ConsoleDeps,
  operatorId: string,
  views: Views,
  {
    typed,
    step,
    session,
    device,
  }: Readonly<Record<'typed' | 'step' | 'session', string>> & { device: string | null },
): Promise<void> {
  const kind = readRecoveryCode(typed) === null ? 'totp' : 'recovery';
  const mine = views.filter(({ factor }) => factor.confirmedAtMs !== null && factor.kind === kind);
  if (mine.length === 0) throw refuse('wrong_code', 'The code is wrong.', 'code');
  const asked = await createChallenge(deps.challenge, STAFF, {
    ...{ user: operatorId, purpose: `console ${step}`, audience: 'roost-console', kinds: [kind], session },
    ...{ validSeconds: 60, transaction: null, userVerification: null },
  });
  let refusal: unknown = null;
  for (const { factor } of mine) {
    const answer = {
      factorId: factor.id,
      session,
      whereabouts: whereaboutsOf(device),
      transaction: null,
      typed,
    };
    try {
      await checkChallenge(deps.challenge, { ...STAFF, id: asked.challenge.id }, answer);
      return;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

/** Those of an operator's factors that prove something. */
export async function confirmedOf({ staff }: ConsoleDeps, operator: Operator): Promise<readonly Factor[]> {
  const views = await listFactors(staff, STAFF, operator.id);
  return views.map(({ factor }) => factor).filter(isUsable);
}

/** The ways in which somebody may show one of these factors, a passkey first. `fields` go with each. */
export function proofForms(
  { takesPasskeys }: ConsoleDeps,
  action: string,
  factors: readonly Factor[],
  fields: Html,
): Html {
  const has = (kind: Factor['kind']) => factors.some((factor) => factor.kind === kind);
  const byPasskey =
    has('webauthn') && takesPasskeys
      ? passkeyForm({ action, ask: `${action}/passkey`, label: 'Use your passkey' }, fields)
      : null;
  const hint = [
    has('totp') ? 'From your authenticator app' : null,
    has('recovery') ? 'a recovery code' : null,
  ];
  const words = hint.filter((one) => one !== null).join(', or ');
  const byCode =
    words === ''
      ? html`<p data-without-passkey>Your only factor is a passkey. Open this page in a browser that has passkeys, with scripts allowed.</p>`
      : html`${byPasskey === null ? null : html`<p class="or" data-beside-passkey hidden>or with a code</p>`}<form method="post" action="${action}">${fields}
${field('code', 'Code', { hint: `${words[0]?.toUpperCase()}${words.slice(1)}.`, autocomplete: 'one-time-code' })}
<button>Check code</button></form>`;
  return html`${byPasskey}${byCode}`;
}
