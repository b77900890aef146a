import { Type } from 'typebox';
import { nullable } from './described.ts';

/** What authenticators answer, as browsers write it (WebAuthn Level 3, section 5.1). More may be in it. */

const bytes = (description: string, maxLength: number) =>
  Type.String({ description: `${description} Base64url.`, pattern: '^[A-Za-z0-9_-]*$', maxLength });
const MOST_ID = 1_364;
const OfCredential = {
  id: bytes('Id of the credential.', MOST_ID),
  rawId: bytes('The same.', MOST_ID),
  type: Type.Enum(['public-key']),
};
const ClientData = bytes('What the browser says of the page that asked.', 4_096);
export const Registration = Type.Object(
  {
    ...OfCredential,
    response: Type.Object({
      clientDataJSON: ClientData,
      attestationObject: bytes('What the authenticator says of the credential.', 32_768),
      transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 10 })),
    }),
    clientExtensionResults: Type.Optional(
      Type.Object({ credProps: Type.Optional(Type.Object({ rk: Type.Optional(Type.Boolean()) })) }),
    ),
  },
  {
    title: 'PasskeyRegistration',
    description: 'webauthn: what `navigator.credentials.create` gave, by its `toJSON`. More may be in it.',
  },
);
export const Assertion = Type.Object(
  {
    ...OfCredential,
    response: Type.Object({
      clientDataJSON: ClientData,
      authenticatorData: bytes('What the authenticator says of this answer.', 4_096),
      signature: bytes('Over both.', 2_048),
      userHandle: Type.Optional(nullable(bytes('Whose passkey it is.', 88))),
    }),
  },
  {
    title: 'PasskeyAssertion',
    description: 'webauthn: what `navigator.credentials.get` gave, by its `toJSON`. More may be in it.',
  },
);
