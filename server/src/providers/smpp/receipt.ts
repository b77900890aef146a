import { plainCode, plainReference } from '../hand-over.ts';
import type { ReceiptReading } from '../provider.ts';
import { BodyReader, TAG } from './fields.ts';
import { COMMAND } from './pdu.ts';

/** How receipts write the name that `submit_sm_resp` gave a message: some SMSCs use another base. */
export type ReceiptIds = 'same' | 'hex' | 'decimal';

type Reading = Extract<ReceiptReading, { kind: 'receipt' }>;
type Delivery = {
  readonly esmClass: number;
  readonly text: Buffer;
  readonly options: ReadonlyMap<number, Buffer>;
};

/** Bits of esm_class that say what a message from the SMSC is (section 5.2.12). */
const KIND = 0x3c;
const IS_RECEIPT = 0x04;
const IS_PROGRESS = 0x20;

/**
 * Reads a `deliver_sm` or `data_sm` as a receipt: by its parameters where it has them, else by its text (section 5.3.2.35
 * and appendix B). Null when it is a message of somebody's, or a receipt that names no message.
 * @throws Unreadable
 */
export function readDelivery(command: number, body: Buffer, ids: ReceiptIds): Reading | null {
  const { esmClass, text, options } = deliveryOf(command, body);
  const kind = esmClass & KIND;
  const hasId = options.has(TAG.receiptedMessageId);
  if (kind !== IS_RECEIPT && kind !== IS_PROGRESS && !hasId) return null;
  const said = fieldsOf(options.get(TAG.messagePayload) ?? text);
  const named = cString(options.get(TAG.receiptedMessageId)) ?? said.get('id');
  const reference = plainReference(named === undefined ? undefined : inForm(named, ids));
  if (reference === null) return null;
  const state = options.get(TAG.messageState)?.[0];
  const fate = state === undefined ? FATES_BY_WORD.get(said.get('stat') ?? '') : FATES[state];
  const told = { kind: 'receipt', reference, cost: null } as const;
  if (kind === IS_PROGRESS || fate === undefined || fate === 'progress') {
    return { ...told, status: 'progress', reason: null };
  }
  if (fate === 'delivered') return { ...told, status: 'delivered', reason: null };
  return { ...told, status: 'undelivered', reason: reasonOf(fate, said, options) };
}

/** A name as it is kept and compared: where receipts use another base, without leading zeros and in small letters. */
export function keptId(id: string, ids: ReceiptIds): string {
  return ids === 'same' ? id : id.toLowerCase().replace(/^0+(?=.)/, '');
}

function deliveryOf(command: number, body: Buffer): Delivery {
  const reader = new BodyReader(body);
  reader.text(5);
  skipAddress(reader);
  skipAddress(reader);
  const esmClass = reader.byte();
  if (command === COMMAND.dataSm) {
    reader.bytes(2);
    return { esmClass, text: Buffer.alloc(0), options: reader.options() };
  }
  reader.bytes(2);
  reader.text(16);
  reader.text(16);
  reader.bytes(4);
  const text = reader.bytes(reader.byte());
  return { esmClass, text, options: reader.options() };
}

function skipAddress(reader: BodyReader): void {
  reader.bytes(2);
  reader.text(64);
}

/** message_state (section 5.2.28). Unknown says nothing, so nothing is final. */
const FATES: { readonly [state: number]: string } = {
  ...{ 1: 'progress', 2: 'delivered', 3: 'expired', 4: 'deleted', 5: 'undeliverable', 6: 'progress' },
  ...{ 7: 'progress', 8: 'rejected' },
};
const FATES_BY_WORD: ReadonlyMap<string, string> = new Map([
  ...([
    ['ENROUTE', 'progress'],
    ['DELIVRD', 'delivered'],
    ['EXPIRED', 'expired'],
    ['DELETED', 'deleted'],
  ] as const),
  ...([
    ['UNDELIV', 'undeliverable'],
    ['ACCEPTD', 'progress'],
    ['UNKNOWN', 'progress'],
  ] as const),
  ...([['REJECTD', 'rejected']] as const),
]);

const MOST_TEXT = 512;
const FIELD = /\b(id|stat|err):([\x21-\x7e]{1,65})/gi;

/** `id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 Text:…`; nothing after `Text:` is looked at. */
function fieldsOf(text: Buffer): ReadonlyMap<string, string> {
  const [head = ''] = text.toString('latin1', 0, MOST_TEXT).split(/\btext:/i);
  const fields = new Map<string, string>();
  for (const [, name = '', value = ''] of head.matchAll(FIELD)) {
    if (!fields.has(name.toLowerCase())) {
      fields.set(name.toLowerCase(), name.toLowerCase() === 'stat' ? value.toUpperCase() : value);
    }
  }
  return fields;
}

function cString(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}

function inForm(id: string, ids: ReceiptIds): string {
  if (ids === 'decimal' && /^\d{1,30}$/.test(id)) return BigInt(id).toString(16);
  if (ids === 'hex' && /^[0-9a-f]{1,30}$/i.test(id)) return BigInt(`0x${id}`).toString(10);
  return keptId(id, ids);
}

function reasonOf(
  fate: string,
  said: ReadonlyMap<string, string>,
  options: ReadonlyMap<number, Buffer>,
): string {
  const network = options.get(TAG.networkErrorCode);
  const code = network?.length === 3 ? String(network.readUInt16BE(1)) : plainCode(said.get('err'));
  return code === null || /^0*$/.test(code) ? fate : `${fate} (error ${code.slice(0, 16)})`;
}
