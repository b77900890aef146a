import { hideWhatScriptsDo } from './hide.js';
import { watchIdleness } from './idle.js';
import { passkeyForms } from './passkeys.js';
import { showPasswords } from './passwords.js';
import { printButtons } from './printing.js';
import { submitOnce } from './submit-once.js';
import { countDown, localTimes, serverClock } from './times.js';
import { readCodeFromMessage } from './web-otp.js';

// Every page works without this, but for passkeys. It only adds what a page cannot say by itself: the reader's own
// time, what becomes of it, and the code from the message where the browser may hand it over.
hideWhatScriptsDo(document);
localTimes(document);
countDown(document, serverClock(document));
submitOnce(document);
showPasswords(document);
passkeyForms(document);
printButtons(document);
watchIdleness(document, serverClock(document));
void readCodeFromMessage(document);
