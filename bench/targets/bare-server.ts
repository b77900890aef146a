// A node:http server that does nothing: it reads a body and sends back an answer of the size that a Verify
// server would give. What is slower than this is the work; what is not is Node's own HTTP.
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const ID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

const server = http.createServer((request, response) => {
  if (request.method === 'GET') return answer(response, 200, 'verified');
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    answer(response, 201, 'sent', body.includes('returnToken') ? ',"token":"123456"' : '');
  });
});

function answer(response: http.ServerResponse, status: number, state: string, token = ''): void {
  const base = `http://localhost:8080`;
  const body =
    `{"id":"${ID}","href":"${base}/verify/${ID}","recipient":31612345678,"originator":"Code","type":"sms",` +
    `"reference":null,"messages":{"id":"${ID}","href":"${base}/messages/${ID}"},"status":"${state}",` +
    `"createdDatetime":"2026-01-02T03:04:05+00:00","validUntilDatetime":"2026-01-02T04:04:05+00:00"${token}}`;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(body);
}

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
