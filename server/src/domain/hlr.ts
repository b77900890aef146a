import type { Mode } from './scope.ts';

export type HlrStatus = 'sent' | 'absent' | 'active' | 'unknown' | 'failed';

/** What the home network says of a number beside its state, in the terms of the wire contract, section 6. */
export type HlrDetails = {
  readonly status_desc: string | null;
  readonly imsi: string | null;
  /** ISO 3166-1 alpha-3. */
  readonly country_iso: string | null;
  readonly country_name: string | null;
  readonly location_msc: string | null;
  /** ISO 3166-1 alpha-2, in lower case. */
  readonly location_iso: string | null;
  readonly ported: 0 | 1;
  readonly roaming: 0 | 1;
};

/** What a look-up found. `network` is its MCC and MNC, null where it is not known. */
export type HlrFinding = {
  readonly status: Exclude<HlrStatus, 'sent'>;
  readonly network: number | null;
  readonly details: HlrDetails | null;
};

/** One question to the home network of a number: whether it is reachable, and where. */
export type Hlr = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly numberKey: string;
  readonly sealedNumber: Uint8Array | null;
  readonly reference: string | null;
  readonly status: HlrStatus;
  readonly provider: string;
  /** What the provider calls it, once it was asked. */
  readonly upstreamId: string | null;
  readonly network: number | null;
  readonly sealedDetails: Uint8Array | null;
  readonly attempts: number;
  readonly holder: string | null;
  readonly dueAtMs: number | null;
  readonly createdAtMs: number;
  readonly statusAtMs: number;
};

/** After this long without an answer a look-up has failed. */
const HLR_PATIENCE_MS = 60_000;

type Raw = Readonly<Record<string, string | number | null>>;

/** Details as a provider tells them, brought to the types that clients hold them in. */
export function readDetails(raw: Raw | null): HlrDetails | null {
  if (raw === null) return null;
  const word = (name: string): string | null => {
    const value = raw[name];
    return value === null || value === undefined || value === '' ? null : String(value).slice(0, 64);
  };
  const bit = (name: string): 0 | 1 => (Number(raw[name] ?? 0) === 1 ? 1 : 0);
  return {
    ...{ status_desc: word('status_desc'), imsi: word('imsi'), country_iso: word('country_iso') },
    ...{ country_name: word('country_name'), location_msc: word('location_msc') },
    ...{ location_iso: word('location_iso'), ported: bit('ported'), roaming: bit('roaming') },
  };
}

const FIRST_ASK_AGAIN_MS = 1_000;
const LONGEST_ASK_AGAIN_MS = 10_000;

/** When a network that has not answered is asked again; null when it has had its time. */
export function askAgainAtMs({ createdAtMs, attempts }: Hlr, nowMs: number): number | null {
  if (nowMs >= createdAtMs + HLR_PATIENCE_MS) return null;
  return nowMs + Math.min(LONGEST_ASK_AGAIN_MS, FIRST_ASK_AGAIN_MS * 2 ** Math.max(0, attempts - 1));
}
