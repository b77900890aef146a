/** Longer than stopping may take; what still runs then is cut off, so that nobody waits for us in vain. */
const PATIENCE_MS = 9_500;

/** One Ctrl-C arrives several times: from the terminal, from npm, and from the command that started this process. */
const ECHO_MS = 1_000;

/** Resolves after SIGTERM or SIGINT, when `stop` is done. A second signal, 1 s later or more, ends it at once. */
export async function untilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  let isImpatient = false;
  const hurry = () => {
    if (isImpatient) process.exit(1);
  };
  process.on('SIGTERM', hurry).on('SIGINT', hurry);
  setTimeout(() => {
    isImpatient = true;
  }, ECHO_MS).unref();
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  await stop();
}
