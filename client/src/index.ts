import { createSandbox, type Sandbox } from './sandbox.ts';
import { createTransport, type RoostOptions } from './transport.ts';
import { createVerify, type Verify } from './verify.ts';

export type { ApiError, ErrorKind } from './errors.ts';
export { RoostError } from './errors.ts';
export type { ApprovedTransaction, Proof, ProofVerifier, ProofVerifierOptions } from './proof.ts';
export { createProofVerifier } from './proof.ts';
export type { Sandbox, SandboxMessage, SandboxQuery } from './sandbox.ts';
export type { RoostOptions } from './transport.ts';
export type {
  Created,
  EmailVerification,
  PhoneVerification,
  Status,
  Verification,
} from './verification.ts';
export type { NewCall, NewEmail, NewText, NewVerification, Verify } from './verify.ts';

/**
 * A client of one Roost, for one access key. It holds no connection and no state, so one serves a whole program.
 * @example
 * const roost = new Roost({ url: 'http://localhost:8080', accessKey: process.env.ROOST_ACCESS_KEY ?? '' });
 * const { id } = await roost.verify.create({ recipient: '+31612345678', timeout: 300 });
 * await roost.verify.check(id, typedCode);
 */
export class Roost {
  readonly verify: Verify;
  /** What was not sent, while the sandbox carries this key's messages. */
  readonly sandbox: Sandbox;

  /** @throws TypeError when an option cannot be right */
  constructor(options: RoostOptions) {
    const send = createTransport(options);
    this.verify = createVerify(send);
    this.sandbox = createSandbox(send);
  }
}
