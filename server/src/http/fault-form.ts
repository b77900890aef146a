import { CHANNELS } from '../domain/message.ts';
import {
  FAULT_KINDS,
  type FaultKind,
  MOST_SLOW_SECONDS,
  type SandboxFault,
} from '../domain/sandbox-faults.ts';
import { attribute, type Html, html } from '../kernel/html.ts';

/** What a channel of the sandbox is made to do. */
const KINDS: Record<FaultKind, string> = {
  slow: 'Answer slowly',
  busy: 'Say that it is busy',
  refused: 'Refuse messages',
  'time-out': 'Not answer: nobody knows',
  undelivered: 'Not deliver',
  'no-receipt': 'Lose receipts',
};

const WORDS: Record<FaultKind, string> = {
  slow: 'answers slowly',
  busy: 'is busy',
  refused: 'refuses messages',
  'time-out': 'does not answer',
  undelivered: 'does not deliver',
  'no-receipt': 'loses receipts',
};

/** A fault in force, in words: `sms answers slowly (after 5 s), for 50 % of sendings`. */
function sentenceOf(channel: string, { kind, slowMs, sharePercent }: SandboxFault): string {
  const after = kind === 'slow' ? ` (after ${slowMs / 1_000} s)` : '';
  const share = sharePercent === 100 ? '' : `, for ${sharePercent} % of sendings`;
  return `${channel} ${WORDS[kind]}${after}${share}`;
}

/**
 * The faults in force, each with a button that ends it; null without any.
 * @param hiddenFields of every form; null for those who may not change anything
 * @param until how the page writes a moment
 */
export function faultsInForce(
  faults: readonly SandboxFault[],
  action: string,
  hiddenFields: Html | null,
  until: (atMs: number) => Html,
): Html | null {
  if (faults.length === 0) return null;
  // One fault on every channel is told and ended as the one that it is.
  const isOne = faults.length === CHANNELS.length && new Set(faults.map(withoutChannel)).size === 1;
  const rows = faults.slice(0, isOne ? 1 : faults.length).map((fault) => {
    const channel = isOne ? 'all' : fault.channel;
    const name = isOne ? 'every channel' : fault.channel;
    const end = html`<form method="post" action="${action}">${hiddenFields}<input type="hidden" name="channel" value="${channel}"><input type="hidden" name="kind" value="none"><button class="quiet" id="${`end-${channel}`}">End it<span class="unseen"> for ${name}</span></button></form>`;
    return html`<li><span>${sentenceOf(name, fault)}, until ${until(fault.untilMs)}</span>${hiddenFields === null ? null : end}</li>`;
  });
  return html`<div class="faults" id="faults-in-force"><p><b>Faults are switched on in the sandbox.</b> No real provider is touched.</p><ul>${rows}</ul></div>`;
}

const withoutChannel = ({ channel: _, ...fault }: SandboxFault): string => JSON.stringify(fault);

/** The form that switches a fault on for an hour. */
export function faultForm(action: string, hiddenFields: Html): Html {
  const channels = ['all', ...CHANNELS].map(
    (name) => html`<option value="${name}">${name === 'all' ? 'all channels' : name}</option>`,
  );
  const kinds = FAULT_KINDS.map(
    (kind) => html`<option value="${kind}"${attribute('selected', kind === 'busy')}>${KINDS[kind]}</option>`,
  );
  return html`<form method="post" action="${action}" class="row fault-form">${hiddenFields}
<div class="field"><label for="fault-channel">Channel</label><select id="fault-channel" name="channel">${channels}</select></div>
<div class="field"><label for="fault-kind">What it does</label><select id="fault-kind" name="kind">${kinds}</select></div>
<div class="field"><label for="fault-share">Of sendings, %</label><input id="fault-share" name="share" type="number" inputmode="numeric" min="1" max="100" value="100" required></div>
<div class="field"><label for="fault-seconds">Seconds, where slow</label><input id="fault-seconds" name="seconds" type="number" inputmode="numeric" min="1" max="${MOST_SLOW_SECONDS}" value="5" required></div>
<button>Switch on for an hour</button></form>`;
}
