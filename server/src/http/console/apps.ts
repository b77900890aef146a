import { enrolFactor } from '../../app/factors/enrol.ts';
import { listFactors, removeFactor } from '../../app/factors/keep.ts';
import { grouped, toBase32 } from '../../domain/factor/base32.ts';
import { writeOtpauth } from '../../domain/factor/otpauth.ts';
import { USUAL_TOTP } from '../../domain/factor/totp.ts';
import { type Operator, STAFF } from '../../domain/operator.ts';
import { type Html, html } from '../../kernel/html.ts';
import { qrCode } from '../qr.ts';
import type { ConsoleDeps } from './deps.ts';
import { field } from './frame.ts';

/** An authenticator app that waits for its first code. */
export type NewApp = { readonly id: string; readonly uri: string; readonly secret: Uint8Array };
const ISSUER = 'Roost';

/** The app that `id` names, where it waits for its first code; otherwise a new one. */
export const appFor = async (
  deps: ConsoleDeps,
  operator: Operator,
  id: string | undefined,
): Promise<NewApp> => (await begunApp(deps, operator, id)) ?? (await beginApp(deps, operator));

/** What the app is to be shown, and the field for the code that it shows then. */
export const appForm = (
  { id, uri, secret }: NewApp,
  action: string,
  token: Html,
): Html => html`${qrCode(uri, 'QR code for your authenticator app')}
<p>Or type this key: <code class="key">${grouped(toBase32(secret))}</code></p>
<form method="post" action="${action}">${token}
<input type="hidden" name="factor" value="${id}">
${field('code', 'The code it shows now', { autocomplete: 'one-time-code', inputmode: 'numeric' })}
<button>Check code</button></form>`;

/** The app whose first code was wrong: its key is in the app by now. Nobody but who was shown it knows its id. */
async function begunApp(
  { staff }: ConsoleDeps,
  operator: Operator,
  id: string | undefined,
): Promise<NewApp | null> {
  const views = await listFactors(staff, STAFF, operator.id);
  const factor = views.map((view) => view.factor).find((one) => one.id === id);
  if (factor?.kind !== 'totp' || factor.confirmedAtMs !== null) return null;
  const secret = staff.vault.openSecret(factor);
  const { periodSeconds, ...form } = factor.settings;
  const key = { kind: 'totp', issuer: ISSUER, account: operator.name, secret, form, periodSeconds } as const;
  return { id: factor.id, uri: writeOtpauth(key), secret };
}

/** Enrols an app. One that was begun before, and never confirmed, is given up. */
async function beginApp(deps: ConsoleDeps, operator: Operator): Promise<NewApp> {
  for (const { factor } of await listFactors(deps.staff, STAFF, operator.id)) {
    if (factor.confirmedAtMs === null)
      await removeFactor(deps.enrol, { ...STAFF, id: factor.id }, operator.id);
  }
  const wanted = {
    ...({ kind: 'totp', name: 'Authenticator app', issuer: ISSUER, account: operator.name } as const),
    ...{ settings: USUAL_TOTP, secret: null },
  };
  const { shown, factor } = await enrolFactor(deps.enrol, STAFF, operator.id, wanted);
  if (shown.kind !== 'totp') throw new Error('an authenticator app was asked for');
  return { id: factor.id, uri: shown.uri, secret: shown.secret };
}
