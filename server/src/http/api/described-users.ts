import { Type } from 'typebox';
import { USER_NAME } from '../../domain/user.ts';
import { text } from './pieces.ts';

/** What several requests about users take alike. */

export const User = text('Your own id of the user: 1 to 128 letters, digits and . _ ~ @ : + -', {
  pattern: USER_NAME,
});

export const Wording = {
  originator: Type.Optional(text('Sender of the message, as in Verify.')),
  template: Type.Optional(text('Text of the message; must contain %token exactly once.')),
  language: Type.Optional(text('Language of a spoken code (tts).')),
  subject: Type.Optional(text('Subject of an e-mail.')),
  appHost: Type.Optional(text('sms: as in Verify, a host that the policy lists.', { maxLength: 260 })),
  appHash: Type.Optional(text('sms: as in Verify, a hash that the policy lists.', { maxLength: 11 })),
};
/** From where a user asks or answers. */
export const Place = {
  clientIp: Type.Optional(text("The user's address, as your service sees it.", { maxLength: 45 })),
  device: Type.Optional(
    text("What your service calls the user's device, such as the value of a cookie.", {
      ...{ minLength: 8, maxLength: 256 },
    }),
  ),
};
export const returnToken = Type.Optional(
  Type.Boolean({ description: 'With a test key: put the code into the answer.' }),
);

export const Session = text(
  "What your service calls the user's session. Said here, it must be said again with the answer.",
  {
    ...{ minLength: 8, maxLength: 256 },
  },
);
export const Code = text('The code as it was typed. Spaces and hyphens do not matter.', { maxLength: 64 });
