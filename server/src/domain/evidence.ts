/** What is kept of how a transaction was approved, besides the challenge itself. */
export type Evidence = {
  /** The words of the message, `%token` in the place of the code, or of the prompt; null when there were none. */
  readonly text: string | null;
  readonly sentAtMs: number | null;
  /** Where it was sent, most of it hidden. */
  readonly recipient: string | null;
  /** What its owner called the factor then. */
  readonly factorName: string | null;
  /**
   * What a passkey signed, all base64url but the input: its SHA-256 is the challenge in `clientDataJSON`, and the
   * signature is over `authenticatorData` and the SHA-256 of `clientDataJSON`. Absent for codes.
   */
  readonly assertion?: {
    readonly challengeInput: string;
    readonly credentialId: string;
    readonly publicKey: string;
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
  };
};
