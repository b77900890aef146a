import { submitOnce } from './submit-once.js';
import { countDown, localTimes, serverClock } from './times.js';
import { readCodeFromMessage } from './web-otp.js';

// Every page works without this. It only adds what a page cannot say by itself: the reader's own time, what becomes
// of it, and the code from the message where the browser may hand it over.
localTimes(document);
countDown(document, serverClock(document));
submitOnce(document);
void readCodeFromMessage(document);
