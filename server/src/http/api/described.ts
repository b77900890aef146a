import { Type } from 'typebox';
import { CHANNELS } from '../../domain/message.ts';
import { answer, nothing, nullable } from '../described.ts';
import { Challenge, Evidence, Redeemed, Sent } from './described-challenges.ts';
import { Decision, Decisions } from './described-decisions.ts';
import { Confirmed, Enrolled, Factor, Factors } from './described-factors.ts';
import { Proved } from './described-proofs.ts';
import { Token, Tokens } from './described-tokens.ts';
import { closed, moment, text } from './pieces.ts';

/**
 * What this wire answers, and what it refuses. The schemas are beside it: requests are held to them, answers are made to
 * them.
 */

const Problem = Type.Object(
  {
    type: text('`urn:roost:problem:` and the code of the first error.'),
    title: text('What it is, in a few words.'),
    status: Type.Integer(),
    errors: Type.Array(
      Type.Object(
        {
          code: text('A stable name, such as `wrong_code`.'),
          message: text('What is wrong and what would be right, in one sentence.'),
          parameter: nullable(text('Which parameter it is about.')),
          hint: Type.Optional(Type.String()),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    attemptsLeft: Type.Optional(
      Type.Integer({ description: 'After a wrong code: how many are still judged.' }),
    ),
    retryAt: Type.Optional(moment('When the same request may succeed.')),
    channelsLeft: Type.Optional(
      Type.Array(Type.Enum([...CHANNELS]), {
        description: 'After `sending_refused`: channels by which the same would be sent now.',
      }),
    ),
  },
  { ...closed, title: 'Problem' },
);

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});
const always = {
  401: problem('The access key is missing, wrong, or in the URL.'),
  403: problem('The access key lacks the scope that this needs, which the problem names.'),
  422: problem('What was sent cannot be used, or the code is wrong; every problem is listed.'),
  503: problem('Nothing can be kept now, or it is not known whether it was; see Retry-After.'),
};
const found = { 404: problem('There is no such thing, or it belongs to another project or mode.') };
/** What any route about one thing may refuse. */
export const shared = { ...always, ...found };
const spent = {
  409: problem('It has been used, confirmed or taken back.'),
  410: problem('It has expired.'),
  429: problem(
    'Too many wrong codes, or codes that are still valid; see Retry-After. Nothing was looked at.',
  ),
};

export const answers = {
  lint: always,
  enrolled: { 201: answer('Enrolled.', Enrolled), ...always, 429: spent[429] },
  factor: { 200: answer('The factor.', Factor), ...always, ...found },
  confirmed: { 200: answer('Confirmed.', Confirmed), ...always, ...found, ...spent },
  factors: { 200: answer('The factors of this user; none when the user is not known.', Factors), ...always },
  removed: {
    ...{ 204: nothing('Removed.'), ...always, ...found },
    409: problem('It is the last confirmed factor, and `keepOne` was asked for. It stays.'),
  },
  created: { 201: answer('Created.', Challenge), ...always },
  challenge: { 200: answer('The challenge.', Challenge), ...always, ...found },
  approved: { 200: answer('Approved.', Challenge), ...always, ...found, ...spent },
  evidence: { 200: answer('How it was approved.', Evidence), ...always, ...found },
  redeemed: {
    200: answer('Redeemed: act on it now.', Redeemed),
    ...always,
    409: problem('It has been redeemed before. Do nothing.'),
    410: spent[410],
  },
  proved: { 200: answer('The proof.', Proved), ...always, ...found, 410: spent[410] },
  decision: { 200: answer('The decision.', Decision), ...always, ...found },
  decisions: { 200: answer('One for each recipient, in their order.', Decisions), ...always, ...found },
  imported: { 201: answer('All of them are in the stock.', Tokens), ...always },
  tokens: { 200: answer('The tokens.', Tokens), ...always },
  token: { 200: answer('The token.', Token), ...always, ...found },
  sent: { 202: answer('The code is on its way.', Sent), ...always, ...found, ...spent },
};
