import type { HlrFinding } from './hlr.ts';

/** The network of every number in the sandbox: the ITU's code for tests in private networks (E.212: 999-99). */
export const SANDBOX_NETWORK = 99_999;

/** What the sandbox says of an account: play money that is never spent. */
export const SANDBOX_BALANCE = { payment: 'prepaid', type: 'credits', amount: 1_000 } as const;

type MagicNumber = {
  /** E.164. From the range that Ofcom keeps free for drama: nobody's telephone rings. */
  readonly phone: string;
  readonly status: HlrFinding['status'] | 'sent';
  readonly roaming: 0 | 1;
  readonly ported: 0 | 1;
  readonly sentence: string;
};

/** The numbers of which the sandbox finds something of their own. All others are active. */
export const MAGIC_NUMBERS: readonly MagicNumber[] = [
  magic('+447700900011', 'active', 'Active, like everybody else.'),
  magic('+447700900012', 'absent', 'Switched off, or out of reach.'),
  magic('+447700900013', 'unknown', 'Not known to its network.'),
  magic('+447700900014', 'failed', 'The network does not answer the question.'),
  magic('+447700900015', 'sent', 'No answer ever comes: after a minute the look-up has failed.'),
  { ...magic('+447700900016', 'active', 'Active, roaming abroad.'), roaming: 1 },
  { ...magic('+447700900017', 'active', 'Active, ported to another network.'), ported: 1 },
];

function magic(phone: string, status: MagicNumber['status'], sentence: string): MagicNumber {
  return { phone, status, sentence, roaming: 0, ported: 0 };
}

/** What the sandbox finds of a number; null while it has not found anything. */
export function sandboxFinding(number: string, country: string | null): HlrFinding | null {
  const { status, roaming, ported } = MAGIC_NUMBERS.find(({ phone }) => phone === number) ?? USUAL;
  if (status === 'sent') return null;
  if (status === 'unknown' || status === 'failed') return { status, network: null, details: null };
  return {
    ...{ status, network: SANDBOX_NETWORK },
    details: {
      ...{ status_desc: null, imsi: null, country_iso: null, country_name: nameOf(country) },
      ...{ location_msc: null, location_iso: country?.toLowerCase() ?? null, ported, roaming },
    },
  };
}

const USUAL = { status: 'active', roaming: 0, ported: 0 } as const;

const nameOf = (country: string | null): string | null =>
  country === null ? null : (new Intl.DisplayNames(['en'], { type: 'region' }).of(country) ?? null);
