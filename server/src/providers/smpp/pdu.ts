/** One unit of the protocol (SMPP 3.4, section 3.2). */
export type Pdu = {
  readonly command: number;
  readonly status: number;
  readonly sequence: number;
  readonly body: Buffer;
};

/** An answer has the number of its question with this bit (section 5.1.2.1). */
export const ANSWER = 0x8000_0000;
export const COMMAND = {
  ...{ genericNack: 0x8000_0000, submitSm: 0x04, deliverSm: 0x05, unbind: 0x06, bindTransceiver: 0x09 },
  ...{ outbind: 0x0b, enquireLink: 0x15, alertNotification: 0x102, dataSm: 0x103 },
} as const;

/** command_status (section 5.1.3). */
export const STATUS = {
  ...{ ok: 0x00, invalidLength: 0x02, invalidCommand: 0x03, notBound: 0x04, alreadyBound: 0x05 },
  ...{ bindFailed: 0x0d, wrongPassword: 0x0e, wrongSystemId: 0x0f, systemError: 0x08, queueFull: 0x14 },
  ...{ wrongSystemType: 0x53, throttled: 0x58, temporaryError: 0x64, unknownError: 0xff },
} as const;

/** Names of what an SMSC may refuse with, as its documents call them. */
const NAMES: ReadonlyMap<number, string> = new Map([
  ...([
    [0x01, 'RINVMSGLEN'],
    [0x02, 'RINVCMDLEN'],
    [0x03, 'RINVCMDID'],
    [0x04, 'RINVBNDSTS'],
  ] as const),
  ...([
    [0x05, 'RALYBND'],
    [0x06, 'RINVPRTFLG'],
    [0x07, 'RINVREGDLVFLG'],
    [0x08, 'RSYSERR'],
  ] as const),
  ...([
    [0x0a, 'RINVSRCADR'],
    [0x0b, 'RINVDSTADR'],
    [0x0c, 'RINVMSGID'],
    [0x0d, 'RBINDFAIL'],
  ] as const),
  ...([
    [0x0e, 'RINVPASWD'],
    [0x0f, 'RINVSYSID'],
    [0x11, 'RCANCELFAIL'],
    [0x13, 'RREPLACEFAIL'],
  ] as const),
  ...([
    [0x14, 'RMSGQFUL'],
    [0x15, 'RINVSERTYP'],
    [0x40, 'RINVDESTFLAG'],
    [0x42, 'RINVSUBREP'],
  ] as const),
  ...([
    [0x43, 'RINVESMCLASS'],
    [0x44, 'RCNTSUBDL'],
    [0x45, 'RSUBMITFAIL'],
    [0x48, 'RINVSRCTON'],
  ] as const),
  ...([
    [0x49, 'RINVSRCNPI'],
    [0x50, 'RINVDSTTON'],
    [0x51, 'RINVDSTNPI'],
    [0x53, 'RINVSYSTYP'],
  ] as const),
  ...([
    [0x58, 'RTHROTTLED'],
    [0x61, 'RINVSCHED'],
    [0x62, 'RINVEXPIRY'],
    [0x63, 'RINVDFTMSGID'],
  ] as const),
  ...([
    [0x64, 'RX_T_APPN'],
    [0x65, 'RX_P_APPN'],
    [0x66, 'RX_R_APPN'],
    [0xc0, 'RINVOPTPARSTREAM'],
  ] as const),
  ...([
    [0xc1, 'ROPTPARNOTALLWD'],
    [0xc2, 'RINVPARLEN'],
    [0xc3, 'RMISSINGOPTPARAM'],
  ] as const),
  ...([
    [0xc4, 'RINVOPTPARAMVAL'],
    [0xfe, 'RDELIVERYFAILURE'],
    [0xff, 'RUNKNOWNERR'],
  ] as const),
]);

/** `ESME_RINVDSTADR (0x0000000B)` */
export function statusName(status: number): string {
  const number = `0x${status.toString(16).toUpperCase().padStart(8, '0')}`;
  const name = NAMES.get(status);
  return name === undefined ? number : `ESME_${name} (${number})`;
}

const HEADER = 16;
/** A message of 64 KiB in `message_payload`, and the fields around it. Nothing longer is ever kept. */
const MOST_BYTES = 66_000;

export function writePdu(command: number, status: number, sequence: number, body: Uint8Array): Buffer {
  const pdu = Buffer.allocUnsafe(HEADER + body.length);
  pdu.writeUInt32BE(HEADER + body.length, 0);
  pdu.writeUInt32BE(command, 4);
  pdu.writeUInt32BE(status, 8);
  pdu.writeUInt32BE(sequence, 12);
  pdu.set(body, HEADER);
  return pdu;
}

/**
 * Puts a stream of bytes back into units. It keeps at most one that is not whole yet, so what it holds is bounded.
 * `push` answers false once the stream cannot be one of this protocol: after a wrong length nothing can be found again.
 */
export function pduReader(take: (pdu: Pdu) => void): { push(chunk: Buffer): boolean } {
  let kept: Buffer[] = [];
  let bytes = 0;
  let needed = HEADER;
  return {
    push(chunk) {
      kept.push(chunk);
      bytes += chunk.length;
      if (bytes < needed) return true;
      const all = kept.length === 1 ? chunk : Buffer.concat(kept, bytes);
      let at = 0;
      needed = HEADER;
      while (all.length - at >= HEADER) {
        const length = all.readUInt32BE(at);
        if (length < HEADER || length > MOST_BYTES) return false;
        if (all.length - at < length) {
          needed = length;
          break;
        }
        take(readPdu(all.subarray(at, at + length)));
        at += length;
      }
      bytes = all.length - at;
      // A copy, so that a few bytes do not keep a large chunk alive.
      kept = bytes === 0 ? [] : [Buffer.from(all.subarray(at))];
      return true;
    },
  };
}

const readPdu = (bytes: Buffer): Pdu => ({
  command: bytes.readUInt32BE(4),
  status: bytes.readUInt32BE(8),
  sequence: bytes.readUInt32BE(12),
  body: bytes.subarray(HEADER),
});
