import { Type } from 'typebox';
import { ALGORITHM_NAMES, ATTACHMENTS, RESIDENT_KEYS } from '../../domain/factor/webauthn.ts';
import { USER_VERIFICATIONS } from '../../domain/factor/webauthn-policy.ts';
import { nullable } from '../described.ts';
import { closed, moment, text } from './pieces.ts';

/** What passkeys take and give on this wire. The JSON of browsers is WebAuthn Level 3, section 5.1. */

export const UserVerification = Type.Enum([...USER_VERIFICATIONS], {
  description: 'webauthn: whether the authenticator must make sure of its user. Default: policy.webauthn.',
});
const Described = Type.Array(
  Type.Object({ id: Type.String(), type: Type.String(), transports: Type.Array(Type.String()) }, closed),
);
export const CreationOptions = Type.Object(
  {
    rp: Type.Object({ id: Type.String(), name: Type.String() }, closed),
    user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }, closed),
    challenge: Type.String(),
    pubKeyCredParams: Type.Array(Type.Object({ type: Type.String(), alg: Type.Integer() }, closed)),
    timeout: Type.Integer({ description: 'Milliseconds.' }),
    excludeCredentials: Described,
    authenticatorSelection: Type.Object(
      {
        residentKey: Type.Enum([...RESIDENT_KEYS]),
        requireResidentKey: Type.Boolean(),
        userVerification: Type.Enum([...USER_VERIFICATIONS]),
        authenticatorAttachment: Type.Optional(Type.Enum([...ATTACHMENTS])),
      },
      closed,
    ),
    attestation: Type.String(),
    extensions: Type.Object({ credProps: Type.Boolean() }, closed),
  },
  {
    ...{ ...closed, title: 'PasskeyCreationOptions' },
    description: 'webauthn: for `navigator.credentials.create`, as `parseCreationOptionsFromJSON` reads it.',
  },
);
export const RequestOptions = Type.Object(
  {
    challenge: Type.String(),
    timeout: Type.Integer({ description: 'Milliseconds.' }),
    rpId: Type.String(),
    allowCredentials: Described,
    userVerification: Type.Enum([...USER_VERIFICATIONS]),
  },
  {
    ...{ ...closed, title: 'PasskeyRequestOptions' },
    description: 'webauthn: for `navigator.credentials.get`, as `parseRequestOptionsFromJSON` reads it.',
  },
);

export const Passkey = Type.Object(
  {
    credentialId: text('Base64url.'),
    algorithm: Type.Enum(Object.values(ALGORITHM_NAMES)),
    aaguid: text('Model of the authenticator, as far as it is to be believed.'),
    model: nullable(text('What the FIDO Metadata Service calls the model, where it is looked up.')),
    attestation: text('How its maker vouches for it: `none`, `packed`, `fido-u2f` and others.'),
    transports: Type.Array(Type.String(), { description: 'How browsers reach it.' }),
    discoverable: nullable(
      Type.Boolean({ description: 'Whether it is found without a name; null when the browser did not say.' }),
    ),
    backupEligible: Type.Boolean({ description: 'Whether it may be copied to other devices of its owner.' }),
    backedUp: Type.Boolean({ description: 'Whether it was, when it was last used.' }),
    counter: Type.Integer({ description: 'Uses that it counts; 0 when it does not.' }),
    counterWentBackAt: nullable(moment('When its counter last went back: there may be a copy of its key.')),
  },
  { ...closed, title: 'Passkey', description: 'webauthn: once it is confirmed.' },
);

export const SignedApproval = Type.Object(
  {
    challengeInput: text('Its SHA-256 is the challenge; the digest of the transaction is in it.'),
    credentialId: Type.String(),
    publicKey: text('COSE key, base64url.'),
    clientDataJSON: Type.String(),
    authenticatorData: Type.String(),
    signature: Type.String(),
  },
  { ...closed, title: 'SignedApproval', description: 'webauthn: what the passkey signed.' },
);
