import assert from 'node:assert/strict';
import http, { type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Scope, StartedRoost } from '../support/roost.ts';

/**
 * Sends what is meant for upstream's host to a Roost on loopback, and nothing else anywhere. The SDK looks
 * `https.request` up at each call, so its own files stay as they were published.
 */
export function redirect(t: Scope, roost: StartedRoost): void {
  const upstream = https.request;
  const { hostname, port } = new URL(roost.url);
  https.request = ((options: RequestOptions) => {
    assert.equal(options.hostname, 'rest.messagebird.com');
    return http.request({ ...options, hostname, port });
  }) as typeof https.request;
  t.after(() => {
    https.request = upstream;
  });
}
