import { framed } from './frame.ts';
import type { Send } from './visits.ts';
import { wordsFor } from './words/words.ts';

type SendDeps = {
  readonly roostUrl: string;
  readonly isTest: boolean;
  readonly nowMs: () => number;
};

/** Sends what handlers answer: a page within its frame, an address to go to, or a file. None of it is kept by browsers. */
export function createSend({ roostUrl, isTest, nowMs }: SendDeps, asset: (name: string) => string): Send {
  return (reply, answer, around = {}) => {
    reply.header('cache-control', 'no-store');
    if ('redirectTo' in answer) return reply.redirect(answer.redirectTo, 303);
    if ('file' in answer) {
      const { file, type, download } = answer;
      if (download !== null) reply.header('content-disposition', `attachment; filename="${download}"`);
      return reply.type(type).send(file);
    }
    const sandboxPhone = isTest || around.isSandbox === true ? `${roostUrl}/sandbox` : null;
    const words = wordsFor(reply.request);
    const path = reply.request.url.split('?')[0] ?? '/';
    const { csrf = null, endsAtMs = null } = around;
    const customer = csrf === null ? null : { csrf, endsAtMs };
    const page = framed(answer, { asset, sandboxPhone, nowMs: nowMs(), words, customer, path });
    return reply
      .code(answer.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(String(page));
  };
}
