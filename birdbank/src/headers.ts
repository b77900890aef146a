import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

// #region headers
/** Nothing is loaded from elsewhere, nothing inline runs, nobody frames us, and forms go nowhere else. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
};
// #endregion

const PERMISSIONS = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()';

export async function secureHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    hsts: false, // over TLS alone, below
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', PERMISSIONS);
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
  });
}
