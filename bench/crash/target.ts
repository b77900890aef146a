/** Something that can be harmed and comes back: one server on SQLite, or nodes over PostgreSQL. */
export type CrashTarget = {
  readonly name: string;
  readonly urls: readonly string[];
  readonly accessKey: string;
  /** Whether some of it goes on while it is harmed, so that the load stays on meanwhile. */
  readonly survivesHarm: boolean;
  /** Starts everything; resolves when all nodes are ready. */
  start(): Promise<void>;
  /** Does the harm, chosen by `random`; says what it did. */
  harm(random: () => number): Promise<string>;
  /** Looks at the store between harm and heal; answers what is wrong with it. */
  inspect(): Promise<string[]>;
  /** Brings everything back; answers how long each start took until ready, in milliseconds. */
  heal(): Promise<number[]>;
  stop(): Promise<void>;
};
