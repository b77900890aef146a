import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
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
  // The plugin's own page holds an inline script, so ours is answered in its place; from the plugin we take the bundle.
  const onRequest: onRequestHookHandler = (request, reply, done) => {
    reply.headers({ ...answerHeaders(request.protocol === 'https'), 'content-security-policy': POLICY });
    const isBundle = request.routeOptions.url?.endsWith('.js') === true;
    reply.header('cache-control', isBundle ? 'public, max-age=3600' : 'no-store');
    if (isBundle) return done();
    reply.header('x-robots-tag', 'noindex').type('text/html; charset=utf-8').send(page);
  };
  await app.register(scalar, {
    routePrefix: path,
    configuration: { url: documentPath },
    hooks: { onRequest },
  });
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
<script src="${path}/js/scalar.js"></script>
</body>
</html>
`;
}
