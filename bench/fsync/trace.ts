/** One system call of the thread that serves, as `strace -y -xx` writes it. */
export type Call = {
  readonly name: string;
  /** What the descriptor stands for: a path, or `TCP:[…]`, `socket:[…]`. */
  readonly target: string;
  /** All that was written, one character a byte. */
  readonly data: string;
  readonly isDone: boolean;
};

const CALL = /^(\w+)\(\d+<([^>]*)>(.*)\) = (-?\d+)/s;

/** Reads one line of a trace; null when it is no finished call on a descriptor. */
export function readCall(line: string): Call | null {
  const found = CALL.exec(line);
  if (found === null) return null;
  const [, name = '', target = '', rest = '', result = ''] = found;
  const data = [...rest.matchAll(/"([^"]*)"/g)].map(([, text = '']) => unhex(text)).join('');
  return { name, target: unhex(target), data, isDone: Number(result) >= 0 };
}

function unhex(text: string): string {
  return text.startsWith('\\x') ? Buffer.from(text.replaceAll('\\x', ''), 'hex').toString('latin1') : text;
}
