import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { isLocal } from '../http/local.ts';
import type { MetricsDeps } from '../http/metrics.ts';
import { equalSecret, sha256 } from '../kernel/hmac.ts';

/** Whoever is on this machine may read the metrics, whoever has the token from anywhere, and everybody once they are on. */
export function metricsAccess({
  host,
  publicUrl,
  metrics: { served, token },
}: Config): MetricsDeps['access'] {
  return (request, bearer) => {
    if (served === 'off') return 'hidden';
    if (isLocal(request, host, publicUrl)) return 'open';
    if (token === null) return served === 'on' ? 'open' : 'hidden';
    return bearer !== null && equalSecret(sha256(bearer), sha256(token)) ? 'open' : 'ask';
  };
}

/** Loopback is called localhost, as people type it. */
export function addressOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = /^(127\.|0\.0\.0\.0|::1?$|localhost$)/.test(host) ? 'localhost' : host;
  return `http://${name}:${port}`;
}
