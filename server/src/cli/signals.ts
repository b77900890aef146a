/** Longer than stopping may take; what still runs then is cut off, so that nobody waits for us in vain. */
const PATIENCE_MS = 9_500;

/** Resolves after SIGTERM or SIGINT, when `stop` is done. A second signal ends the process at once. */
export async function untilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  await stop();
}
