import { encodeGsm7, septetsOf } from '../../domain/gsm7.ts';
import type { Outbound } from '../../domain/message.ts';
import { countSegments, ROOM, splitText } from '../../domain/segments.ts';
import { bytesField, optionField, TAG, textField } from './fields.ts';

export type SubmitSettings = {
  /** What a text is sent in that GSM-7 could say: by its own table, or as ISO 8859-1. */
  readonly alphabet: 'gsm7' | 'latin1';
  /** How a text longer than one message goes out. */
  readonly longMessages: 'udh' | 'payload';
  readonly serviceType: string;
  /** Type of number and numbering plan of senders that are short codes: `3/0`. */
  readonly shortCode: string;
  readonly receipts: 'asked' | 'none';
};

type Coded = { readonly coding: 'gsm7' | 'latin1' | 'ucs2'; readonly parts: readonly Uint8Array[] };

const LATIN1_ROOM = { single: 140, part: 134 } as const;
const LATIN1 = /^[\n\r\x20-\x7e\u00a0-\u00ff]*$/;
/** data_coding (section 5.2.19): the SMSC's own alphabet, ISO 8859-1, UCS-2. */
const DATA_CODING = { gsm7: 0x00, latin1: 0x03, ucs2: 0x08 } as const;
/** The same with message class 0, which shows it at once (3GPP TS 23.038, section 4). */
const FLASH_CODING = { gsm7: 0x10, latin1: 0x03, ucs2: 0x18 } as const;
const UDHI = 0x40;
const SHORTEST_VALIDITY_MS = 60_000;
const MOST_SHORT_CODE = 6;

/**
 * The bodies of the `submit_sm` that carry one message, in order (section 4.4.1). The same message always has the same
 * bodies but for its validity, so a phone joins the parts of two sendings.
 */
export function submitBodies(
  message: Outbound,
  originator: string,
  settings: SubmitSettings,
  nowMs: number,
): readonly Buffer[] {
  const isWhole = settings.longMessages === 'payload';
  const { coding, parts } = encode(message, settings.alphabet, isWhole);
  const isFlash = message.channel === 'flash';
  const reference = Number.parseInt(message.messageId.slice(-4), 16) || 0;
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    const isPart = parts.length > 1;
    const content = isPart ? Buffer.concat([joiner(reference & 0xff, parts.length, index + 1), part]) : part;
    const asPayload = !isPart && content.length > (coding === 'gsm7' ? 160 : 140);
    const shortMessage = asPayload ? new Uint8Array() : content;
    return Buffer.concat([
      textField(settings.serviceType, 5),
      sourceField(originator, settings.shortCode),
      bytesField(1, 1),
      textField(message.to.replace(/^\+/, ''), 20),
      bytesField(isPart ? UDHI : 0, 0, 0),
      textField('', 0),
      textField(validity(message.expiresAtMs - nowMs), 16),
      // A receipt for the last part stands for all of them: it cannot be shown before the others are there.
      bytesField(settings.receipts === 'asked' && isLast ? 1 : 0, 0),
      bytesField(isFlash ? FLASH_CODING[coding] : DATA_CODING[coding], 0, shortMessage.length),
      shortMessage,
      optionField(TAG.userMessageReference, bytesField(reference >> 8, reference & 0xff)),
      ...(isFlash && coding === 'latin1' ? [optionField(TAG.destAddrSubunit, bytesField(1))] : []),
      ...(asPayload ? [optionField(TAG.messagePayload, content)] : []),
    ]);
  });
}

/** The text in the alphabet that carries it, cut into parts unless it is to go whole. */
function encode({ text, wording }: Outbound, alphabet: SubmitSettings['alphabet'], isWhole: boolean): Coded {
  const { datacoding } = wording;
  if (alphabet === 'latin1' && datacoding !== 'unicode' && LATIN1.test(text)) {
    const parts = isWhole ? [text] : splitText(text, LATIN1_ROOM, () => 1);
    return { coding: 'latin1', parts: parts.map((part) => Buffer.from(part, 'latin1')) };
  }
  // An SMSC whose alphabet is ISO 8859-1 has no other plain one.
  const asked = alphabet === 'latin1' ? 'unicode' : datacoding;
  if (countSegments(text, asked).encoding === 'ucs2') {
    const parts = isWhole ? [text] : splitText(text, ROOM.ucs2, ({ length }) => length);
    return { coding: 'ucs2', parts: parts.map((part) => Buffer.from(part, 'utf16le').swap16()) };
  }
  const parts = isWhole ? [text] : splitText(text, ROOM.gsm7, (character) => septetsOf(character) ?? 1);
  return { coding: 'gsm7', parts: parts.map(encodeGsm7) };
}

/** The header that joins the parts of a long message (3GPP TS 23.040, section 9.2.3.24.1). */
const joiner = (reference: number, parts: number, part: number): Buffer =>
  bytesField(5, 0, 3, reference, parts, part);

/** Type of number, numbering plan (sections 5.2.5, 5.2.6) and address: of a name, a short code, or a number. */
function sourceField(originator: string, shortCode: string): Buffer {
  const sender = originator.replace(/^\+/, '');
  if (!/^\d+$/.test(sender)) return Buffer.concat([bytesField(5, 0), textField(sender, 20)]);
  const [ton = 3, npi = 0] = shortCode.split('/').map(Number);
  const isShort = sender.length <= MOST_SHORT_CODE;
  return Buffer.concat([isShort ? bytesField(ton, npi) : bytesField(1, 1), textField(sender, 20)]);
}

/** How long the network may try, from now on (section 7.1.1.2), so that no code arrives long after it is of no use. */
function validity(leftMs: number): string {
  let left = Math.ceil(Math.max(SHORTEST_VALIDITY_MS, leftMs) / 1_000);
  const take = (seconds: number): string => {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    return String(count).padStart(2, '0');
  };
  return `0000${take(86_400)}${take(3_600)}${take(60)}${take(1)}000R`;
}
