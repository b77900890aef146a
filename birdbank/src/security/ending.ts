import type { AuthBank } from '../auth.ts';
import type { CustomerRoutes, CustomerVisit, Purpose, Subject } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { leaveFlash } from '../pages/parts.ts';
import type { Answer } from '../visit.ts';
import { isFresh, SECURITY } from './fresh.ts';

/** As Roost is told it. */
const PURPOSE = 'end-sessions';
export const SIGN_OUT_EVERYWHERE = '/sign-out-everywhere';

/** What a customer ends: sessions, or what we remember of a device. */
type Ending =
  | { readonly kind: 'session'; readonly name: string }
  | { readonly kind: 'others' }
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'device'; readonly id: string };

/** The address of each form is what its confirmation refers to. */
export const pathOf = {
  session: (name: string): string => `${SECURITY}/sessions/${name}/end`,
  others: `${SECURITY}/sessions/end-others`,
  device: (id: string): string => `${SECURITY}/devices/${id}/forget`,
};

function endingAt(path: string): Ending | null {
  if (path === pathOf.others) return { kind: 'others' };
  if (path === SIGN_OUT_EVERYWHERE) return { kind: 'everywhere' };
  const [, name] = /^\/security\/sessions\/([0-9a-f]{24})\/end$/.exec(path) ?? [];
  if (name !== undefined) return { kind: 'session', name };
  const [, id] = /^\/security\/devices\/([\w-]{16})\/forget$/.exec(path) ?? [];
  return id === undefined ? null : { kind: 'device', id };
}

/** What is ended needs a factor that was shown just now (ASVS 7.5.2): whoever finds an open session must not lock others out. */
export const endingPurpose = (bank: AuthBank): Purpose => ({
  name: PURPOSE,
  subject(visit, reference) {
    const ending = endingAt(reference);
    return ending === null ? null : subjectOf(bank, visit, ending);
  },
  approved(visit, { reference }) {
    const ending = endingAt(reference);
    return ending === null ? { redirectTo: SECURITY } : end(bank, visit, ending);
  },
});

function subjectOf(bank: AuthBank, visit: CustomerVisit, ending: Ending): Subject {
  const { security } = visit.words;
  const { title, text } = security.ending[ending.kind];
  const what = labelOf(bank, visit, ending);
  const details: Html = html`${what !== null && html`<p><strong>${what}</strong></p>`}<p class="soft">${text}</p>`;
  return { title, details, transaction: null, exceptFactor: null, backTo: SECURITY };
}

/** The browser that it is about, by the name that the list has for it; null when it is about many or gone meanwhile. */
function labelOf(
  { customerSessions, devices }: AuthBank,
  visit: CustomerVisit,
  ending: Ending,
): string | null {
  const { customer, words } = visit;
  const found =
    ending.kind === 'session'
      ? customerSessions.list(customer.id).find(({ name }) => name === ending.name)
      : ending.kind === 'device'
        ? devices.list(customer.id).find(({ id }) => id === ending.id)
        : undefined;
  if (found === undefined) return null;
  const label = 'label' in found ? found.label : (found.place?.label ?? '');
  return label === '' ? words.security.unknownDevice : label;
}

/**
 * The forms that end something: at once where a factor was shown just now, else once one is. The very session that asks
 * may always leave.
 */
export function endFrom(bank: AuthBank, ask: CustomerRoutes['ask']) {
  const endOrAsk = (visit: CustomerVisit, path: string): Answer | Promise<Answer> => {
    const ending = endingAt(path);
    if (ending === null) return gone(visit);
    const isOwn = ending.kind === 'session' && ending.name === visit.sessionName;
    return isOwn || isFresh(visit)
      ? end(bank, visit, ending)
      : ask(visit, { purpose: PURPOSE, reference: path });
  };
  return {
    /** `POST /security/sessions/{name}/end` */
    session: (visit: CustomerVisit) => endOrAsk(visit, pathOf.session(visit.params.name ?? '')),
    /** `POST /security/sessions/end-others` */
    others: (visit: CustomerVisit) => endOrAsk(visit, pathOf.others),
    /** `POST /sign-out-everywhere` */
    everywhere: (visit: CustomerVisit) => endOrAsk(visit, SIGN_OUT_EVERYWHERE),
    /** `POST /security/devices/{id}/forget` */
    device: (visit: CustomerVisit) => endOrAsk(visit, pathOf.device(visit.params.id ?? '')),
  };
}

function end(bank: AuthBank, visit: CustomerVisit, ending: Ending): Answer {
  switch (ending.kind) {
    case 'session':
      return endSession(bank, visit, ending.name);
    case 'others':
      return endOthers(bank, visit);
    case 'everywhere':
      return endAll(bank, visit);
    case 'device':
      return forgetDevice(bank, visit, ending.id);
    default:
      return ending satisfies never;
  }
}

/** The session is over wherever it is, and its device is trusted no more. That of this very browser signs out here. */
function endSession(
  { customerSessions, devices, events }: AuthBank,
  visit: CustomerVisit,
  name: string,
): Answer {
  const { customer, place, words } = visit;
  if (name === visit.sessionName) {
    visit.signOut();
    return { redirectTo: '/signed-out' };
  }
  const ended = customerSessions.removeListed(customer.id, name);
  if (ended === null) return gone(visit);
  const device = ended.place?.device ?? null;
  const isOwn = device === place.device?.toString('base64url');
  if (device !== null && !isOwn) devices.distrust(customer.id, Buffer.from(device, 'base64url'));
  events.add(customer.id, { kind: 'session-ended', factor: null, device: place.label });
  leaveFlash(visit, SECURITY, { notice: words.security.sessionEnded });
  return { redirectTo: SECURITY };
}

function gone(visit: CustomerVisit): Answer {
  leaveFlash(visit, SECURITY, { notice: visit.words.security.sessionGone });
  return { redirectTo: SECURITY };
}

/** Every session but this one, and no other device is trusted any more. */
function endOthers({ devices, events }: AuthBank, visit: CustomerVisit): Answer {
  const { customer, place, words } = visit;
  devices.distrustAll(customer.id, place.device);
  events.add(customer.id, { kind: 'other-sessions-ended', factor: null, device: place.label });
  visit.endOthers();
  leaveFlash(visit, SECURITY, { notice: words.security.othersEnded });
  return { redirectTo: SECURITY };
}

/** Every session of this customer, this one too, and no device is trusted any more. */
function endAll({ events, devices }: AuthBank, visit: CustomerVisit): Answer {
  devices.distrustAll(visit.customer.id);
  events.add(visit.customer.id, { kind: 'signed-out-everywhere', factor: null, device: visit.place.label });
  visit.endOthers();
  visit.signOut();
  return { redirectTo: '/signed-out' };
}

function forgetDevice({ events, devices }: AuthBank, visit: CustomerVisit, id: string): Answer {
  devices.forget(visit.customer.id, id);
  events.add(visit.customer.id, { kind: 'device-forgotten', factor: null, device: visit.place.label });
  leaveFlash(visit, SECURITY, { notice: visit.words.security.forgotten });
  return { redirectTo: SECURITY };
}
