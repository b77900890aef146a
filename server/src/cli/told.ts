/** What went wrong, in lines for an operator; a stack only where it is a bug of ours. */
export function told(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  if (error.name === 'ConfigProblems') return error.message.split('\n');
  const { code, port, path } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return [`port ${port} is taken; stop what listens there, or set ROOST_PORT`];
  if (code === 'EACCES' && port !== undefined)
    return [`port ${port} needs more rights; set ROOST_PORT above 1023`];
  if (code === 'EADDRNOTAVAIL') return ['ROOST_HOST is not an address of this machine'];
  if (path !== undefined && code !== undefined) return [`${path} ${WHY[code] ?? `cannot be used (${code})`}`];
  const bug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return bug ? [error.stack ?? error.message] : [error.message];
}

const NOT_WRITABLE = 'cannot be written; make it writable for this user, or set ROOST_DATA to another folder';
const WHY: { readonly [code: string]: string } = {
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  EROFS: NOT_WRITABLE,
  ENOTDIR: 'is not in a folder; set ROOST_DATA to one',
  EEXIST: 'is not a folder; set ROOST_DATA to one',
  EISDIR: 'is a folder',
  ENOENT: 'is not there',
  ENOSPC: 'cannot be written: the disk is full',
  EIO: 'cannot be used: the disk answers with an error',
};
