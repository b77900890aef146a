import { type ApiError, RoostError } from '@roost/client';
import type { Bank } from './bank.ts';
import type { Problem } from './session-data.ts';
import type { Words } from './words/words.ts';

/** A number that cannot be read has code 9. Other refusals name the recipient too, but no other spelling would help. */
const UNREADABLE = 9;

function fieldOf({ code, parameter }: ApiError): Problem['field'] {
  if (parameter === 'recipient') return code === UNREADABLE ? 'number' : null;
  if (parameter === 'countryCode') return 'country';
  return parameter === 'token' ? 'token' : null;
}

// #region problems
/** What to tell the visitor about a call to Roost that failed. `lost` says what became of what they did. */
export function problemsOf(
  bank: Pick<Bank, 'tellStaff'>,
  { problems }: Words,
  error: unknown,
  lost: string,
): readonly Problem[] {
  if (!(error instanceof RoostError)) throw error; // a bug of ours, which has a page of its own
  tellStaff(bank, error);
  if (error.kind === 'refused' || error.kind === 'notFound') {
    return error.errors.map((each) => ({ text: problems.refusal(each.description), field: fieldOf(each) }));
  }
  return [{ text: `${problems.roost[error.kind]} ${lost}`, field: null }];
}
// #endregion

/** Whether Roost said no, rather than failing to say anything. */
export const isRefusal = ({ kind }: RoostError): boolean => kind === 'refused' || kind === 'notFound';

/** What is the visitor's affair is not told. */
function tellStaff(bank: Pick<Bank, 'tellStaff'>, error: RoostError): void {
  if (isRefusal(error)) return;
  const request = error.requestId === null ? '' : ` (request ${error.requestId})`;
  bank.tellStaff(
    error.kind === 'unauthorized'
      ? 'Roost refuses the access key: set ROOST_ACCESS_KEY to one of its keys'
      : `Roost, ${error.kind}: ${error.message}${request}`,
  );
}
