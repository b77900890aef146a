/** What is kept of how a transaction was approved, besides the challenge itself. */
export type Evidence = {
  /** The words of the message, `%token` in the place of the code; null when none was sent. */
  readonly text: string | null;
  readonly sentAtMs: number | null;
  /** Where it was sent, most of it hidden. */
  readonly recipient: string | null;
  /** What its owner called the factor then. */
  readonly factorName: string | null;
};
