import { type Command, NO_OPTIONS } from './command.ts';
import { reachable } from './reachable.ts';
import { readSettings } from './store-tools.ts';

const PATIENCE_MS = 3_000;

export const health: Command = {
  does: 'Asks the Roost of these settings whether it is ready; for container health checks',
  words: [],
  ...NO_OPTIONS,
  more: ['Ends with 0 when it is ready for requests, and with 1 when it is not or does not answer.'],
  examples: ['ROOST_PORT=8080 roost health'],
  async run(surroundings) {
    const { host, port } = readSettings(surroundings);
    const url = `http://${reachable(host)}:${port}/ready`;
    const status = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 200) return { json: { ready: true, url }, text: [`Roost at ${url} is ready.`] };
    throw new Error(status === null ? `nothing answers at ${url}` : `Roost at ${url} is not ready`);
  },
};
