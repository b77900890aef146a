import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from '../kernel/html.ts';
import type { Assets } from './assets.ts';
import { framed, originOf, sendHtml } from './page.ts';

/**
 * Answers `GET /` for a browser. For everybody else it returns null, having done nothing, and the API answers as it
 * does for any address.
 */
export function answerHome(
  assets: Assets,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | null {
  if (!/\btext\/html\b/i.test(request.headers.accept ?? '')) return null;
  return sendHtml(request, reply, homePage(assets, originOf(request)));
}

function homePage(assets: Assets, origin: string) {
  const main = html`<main id="main" class="home" tabindex="-1">
<h1>Does this person hold that phone?</h1>
<p class="lead">Roost sends a code to a phone number or a mailbox and checks what comes back. It speaks the MessageBird Verify API, so its client libraries work here.</p>
<ul class="doors">
<li><a href="/sandbox"><b>Sandbox phone</b><span>Read the codes that were sent to nobody, as they come in.</span></a></li>
<li><a href="/docs/api"><b>API reference</b><span>Every request and answer, with examples.</span></a></li>
<li><a href="/openapi.json"><b>OpenAPI document</b><span>The same as JSON, for your tools.</span></a></li>
</ul>
<h2>Send the first code</h2>
<p>Roost printed a test key when it started. Put it in place of <code>YOUR_TEST_KEY</code>:</p>
<pre tabindex="0"><code>curl ${origin}/verify \\
  -H 'Authorization: AccessKey YOUR_TEST_KEY' \\
  -d recipient=447700900001 -d timeout=300</code></pre>
<p>Then look at the <a href="/sandbox">sandbox phone</a>, and check the code under the <code>id</code> that came back:</p>
<pre tabindex="0"><code>curl '${origin}/verify/ID?token=CODE' \\
  -H 'Authorization: AccessKey YOUR_TEST_KEY'</code></pre>
</main>`;
  return framed(assets, { title: 'Roost', main });
}
