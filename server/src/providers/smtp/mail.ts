import type { Outbound } from '../../domain/message.ts';
import { USUAL_ORIGINATOR } from '../../domain/originator.ts';
import { type Html, html } from '../../kernel/html.ts';

/** An address with the name that is shown for it. */
export type Mailbox = { readonly name: string; readonly address: string };

export type Mail = {
  readonly from: Mailbox;
  readonly to: string;
  readonly subject: string;
  /** Without its angle brackets. The same for every sending of one message. */
  readonly messageId: string;
  readonly text: string;
  readonly html: string;
};

const USUAL_SUBJECT = 'Your code';
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
const ISOLATES = /[\u2068\u2069]/g;
const MOST_SUBJECT = 255;

/** `Name <address>` or an address alone; null when it is neither. */
export function readMailbox(typed: string): Mailbox | null {
  const [, name = '', bracketed = ''] = /^([^<>"\\@,;:\p{Cc}]{0,100}?)\s*<([^<>\s]+)>$/u.exec(typed) ?? [];
  const address = bracketed === '' ? typed : bracketed;
  return ADDRESS.test(address) ? { name: name.trim(), address } : null;
}

const ADDRESS =
  /^(?=.{3,254}$)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * The e-mail of a message. An originator that is an address of the same domain sends it, any other is shown as the
 * name: mail in somebody else's domain would be thrown away. No line break gets into a header, whatever was given.
 */
export function mailOf(message: Outbound, from: Mailbox): Mail {
  const subject = oneLine(message.wording.subject ?? USUAL_SUBJECT).slice(0, MOST_SUBJECT);
  return {
    from: senderOf(message.originator, from),
    to: oneLine(message.to),
    subject,
    messageId: `${message.messageId.replace(/[^\w.-]/g, '')}@${domainOf(from.address)}`,
    text: message.text,
    html: pageOf(message, subject),
  };
}

function senderOf(originator: string, from: Mailbox): Mailbox {
  if (originator === USUAL_ORIGINATOR) return from;
  if (!originator.includes('@')) return { name: oneLine(originator), address: from.address };
  const isOurs = domainOf(originator) === domainOf(from.address) && ADDRESS.test(originator);
  return isOurs ? { name: from.name, address: originator } : from;
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

const oneLine = (text: string): string => text.replace(CONTROLS, ' ').trim();

/**
 * Plain markup, as mail programs want it: no script, no image, nothing from elsewhere. The words keep their order, and
 * the code stands large between those before and those after it.
 */
function pageOf({ text, code }: Outbound, subject: string): string {
  const at = code === '' ? -1 : text.indexOf(code);
  const before = at < 0 ? text : text.slice(0, at);
  const after = at < 0 ? '' : text.slice(at + code.length).replace(/^[\s\u2069.,;:!?。，、]+/u, '');
  const big = at < 0 ? null : html`<p class="code"><bdi dir="ltr">${code}</bdi></p>`;
  return `${html`<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${subject}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 16px; background: #f4f5f7; color: #1a1d21; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
.page { max-width: 480px; margin: 0 auto; padding: 24px; background: #ffffff; border: 1px solid #d9dde3; border-radius: 12px; }
p { margin: 0 0 12px; }
.code { margin: 16px 0; font: bold 36px/1.2 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: 5px; }
@media (prefers-color-scheme: dark) {
body { background: #16181c; color: #e8eaed; }
.page { background: #1f2227; border-color: #3a3f47; }
}
</style>
</head>
<body>
<div class="page" dir="auto">
${paragraphs(before)}
${big}
${paragraphs(after)}
</div>
</body>
</html>
`}`;
}

const paragraphs = (text: string): readonly Html[] =>
  text
    .replace(ISOLATES, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => html`<p>${line.trim()}</p>\n`);
