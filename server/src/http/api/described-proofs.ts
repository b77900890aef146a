import { Type } from 'typebox';
import { closed, line, moment, text } from './pieces.ts';

/** What this wire takes and gives of the proofs of plain verifications. */

export const OfVerification = Type.Object({ id: Type.String({ description: 'Id of the verification.' }) });

export const Proving = Type.Object(
  {
    purpose: text('What the proof is for, in your own words, such as `sign-up`.', {
      pattern: '^[a-z0-9][a-z0-9._:-]{0,63}$',
    }),
    audience: Type.Optional(line('Who is to be shown the proof. Default: the project.', 128)),
  },
  { ...closed, title: 'Proving' },
);

export const Proved = Type.Object(
  {
    proof: text('A signed statement (JWS) that the recipient was proved.'),
    expiresAt: moment('Until when it is good: five minutes after the success.'),
  },
  { ...closed, title: 'VerificationProof' },
);
