import { createInterface, type Interface } from 'node:readline';

/**
 * Asks for one line after the other. Nothing is read before the first question, so that commands which ask nothing do
 * not wait for anybody.
 */
export function linesOf(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): (question: string) => Promise<string | null> {
  let lines: { readonly of: Interface; readonly next: AsyncIterator<string> } | null = null;
  return async (question) => {
    if (lines === null) {
      const of = createInterface({ input });
      lines = { of, next: of[Symbol.asyncIterator]() };
    }
    output.write(question);
    const { value, done } = await lines.next.next();
    if (done === true) lines.of.close();
    return done === true ? null : value;
  };
}
