/** What the tests use of the package, which has no types of its own. */
declare module 'smpp' {
  import type { Server } from 'node:net';

  export type ForeignPdu = {
    readonly command: string;
    readonly [field: string]: unknown;
    response(fields?: object): ForeignPdu;
  };
  export type ForeignSession = {
    readonly socket: import('node:net').Socket;
    on(event: string, listener: (pdu: ForeignPdu) => void): void;
    send(pdu: ForeignPdu, answered?: (pdu: ForeignPdu) => void): boolean;
    deliver_sm(fields: object, answered?: (pdu: ForeignPdu) => void): void;
    enquire_link(answered?: (pdu: ForeignPdu) => void): void;
    unbind(answered?: (pdu: ForeignPdu) => void): void;
    destroy(): void;
  };
  type Package = {
    createServer(options: object, onSession: (session: ForeignSession) => void): Server;
    readonly encodings: {
      readonly [name: string]: { encode(text: string): Buffer; decode(bytes: Buffer): string };
    };
  };
  const smpp: Package;
  export default smpp;
}
