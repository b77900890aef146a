import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { html } from '../kernel/html.ts';
import { answerHeaders } from './headers.ts';

/**
 * The reference alone may have inline styles, which it writes into itself. No script is inline, and nothing comes
 * from or goes to another host, whatever the bundle would like to ask for.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What the bundle offers beside the reference would go to its maker's hosts. */
const QUIET = {
  ...{ withDefaultFonts: false, telemetry: false, persistAuth: false, proxyUrl: '' },
  ...{ hideClientButton: true, showDeveloperTools: 'never' },
  ...{ agent: { disabled: true }, mcp: { disabled: true } },
};

/** A page that lets people read the document at `documentPath`, and try its requests with their own key. */
export async function registerReference(
  app: FastifyInstance,
  path: `/${string}`,
  documentPath: string,
): Promise<void> {
  const page = String(referencePage(path, documentPath));
  const headers = (request: FastifyRequest) => ({
    ...answerHeaders(request.protocol === 'https'),
    'content-security-policy': POLICY,
  });
  let bundle: Promise<Buffer> | null = null;
  app.get(path, { schema: { hide: true } }, (request, reply) => {
    reply.headers({ ...headers(request), 'cache-control': 'no-store', 'x-robots-tag': 'noindex' });
    return reply.type('text/html; charset=utf-8').send(page);
  });
  app.get(`${path}${BUNDLE}`, { schema: { hide: true } }, async (request, reply) => {
    bundle ??= readBundle();
    reply.headers({ ...headers(request), 'cache-control': 'public, max-age=3600' });
    return reply.type('application/javascript; charset=utf-8').send(await bundle);
  });
}

const BUNDLE = '/js/scalar.js';

/**
 * The reference's script. Its package holds it as a text of five megabytes, so it is loaded when somebody first
 * opens the page: a server whose reference nobody reads need not have it in memory.
 */
async function readBundle(): Promise<Buffer> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const shelf = fastify();
  await shelf.register(scalar, { routePrefix: '/reference', configuration: { url: '/' } });
  const { rawPayload } = await shelf.inject(`/reference${BUNDLE}`);
  await shelf.close();
  return rawPayload;
}

function referencePage(path: string, documentPath: string) {
  const configuration = JSON.stringify({
    ...{ ...QUIET, url: documentPath, defaultOpenAllTags: true },
    defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · Roost</title>
<link rel="icon" href="data:,">
</head>
<body>
<noscript><p>This page needs JavaScript. The same is in <a href="${documentPath}">the OpenAPI document</a>.</p></noscript>
<div id="api-reference" data-configuration="${configuration}"></div>
<script src="${path}${BUNDLE}"></script>
</body>
</html>
`;
}
