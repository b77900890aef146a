import { type Html, html } from '../html.ts';
import type { Words } from '../words/words.ts';

/** The one thing here that needs a script. Until it runs there is a sentence in the place of the button. */
export function passkeyButton({ confirm }: Words, label: string): Html {
  return html`<p class="notice warn" role="alert" data-passkey-failed hidden>${confirm.passkeyCanceled}</p>
<p class="notice warn" role="alert" data-passkey-missing hidden>${confirm.passkeyNotHere}</p>
<button type="button" class="passkey" hidden>${label}</button>
<p class="notice warn" data-without-script>${confirm.passkeyNeedsScript}</p>`;
}
