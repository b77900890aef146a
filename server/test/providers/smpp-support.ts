import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Datacoding, Outbound } from '../../src/domain/message.ts';
import type { ProviderDeps } from '../../src/providers/deps.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { ANSWER, COMMAND, pduReader, writePdu } from '../../src/providers/smpp/pdu.ts';
import { configured, DEPS, outbound } from './samples.ts';
import { type SmscOptions, startSmsc } from './smsc.ts';

export type Given = Readonly<Record<string, unknown>>;

/** A provider for an SMSC on this port, let go of after the test. */
export function made(t: TestContext, port: number, given: Given = {}, deps: ProviderDeps = DEPS): Provider {
  const account = { host: '127.0.0.1', port, tls: 'off', systemId: 'roost', password: 'secret' };
  const provider = configured('smpp', { ...account, ...given }, deps);
  t.after(() => provider.close?.(AbortSignal.abort()));
  return provider;
}

export async function started(t: TestContext, given: Given = {}, options: SmscOptions = {}) {
  const smsc = await startSmsc(t, options);
  return { smsc, provider: made(t, smsc.port, given) };
}

/** Asks for receipts and keeps none. */
export const RECEIVING: ProviderDeps = { ...DEPS, onReceipt: async () => undefined };

export const saying = (
  text: string,
  datacoding: Datacoding = 'auto',
  more: Partial<Outbound> = {},
): Outbound => outbound('sms', { text, wording: { ...outbound('sms').wording, datacoding }, ...more });

/** A bare SMSC that binds whoever asks, and does as it is told with the rest. */
export const binding =
  (rest: (socket: Socket, command: number, sequence: number) => void) =>
  (socket: Socket): void => {
    const reader = pduReader(({ command, sequence }) => {
      if (command === COMMAND.bindTransceiver) {
        socket.write(writePdu((command | ANSWER) >>> 0, 0, sequence, Buffer.from('x\0')));
      } else rest(socket, command, sequence);
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
  };

export const refused = (what: string) => ({
  ...{ kind: 'refused', reason: `the SMSC refused the message with ${what}` },
});

/** A port on which nobody listens. */
