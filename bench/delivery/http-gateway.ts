import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A process of its own: a gateway that takes every message and names it. It tells its parent its address, and when
 * asked how many messages it took.
 */
let taken = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  request.once('end', () => {
    taken += 1;
    const body = `{"id":"m${taken}"}`;
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('message', () => process.send?.({ taken }));
process.once('disconnect', () => process.exit(0));
