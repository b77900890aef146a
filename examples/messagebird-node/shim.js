// Sends what the MessageBird SDK asks of its own host to Roost, and leaves all other requests alone.
import http from 'node:http';
import https from 'node:https';

const roost = new URL(process.env.ROOST_URL ?? 'http://localhost:8080');
const elsewhere = https.request;
https.request = (options, ...rest) => {
  if (options.hostname !== 'rest.messagebird.com') return elsewhere(options, ...rest);
  const request = roost.protocol === 'https:' ? elsewhere : http.request;
  return request({ ...options, hostname: roost.hostname, port: roost.port }, ...rest);
};
