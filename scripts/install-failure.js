const OFFLINE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/;

/**
 * Turns npm's output into one sentence that says what to do.
 * @param {string} output
 */
export function explainInstallFailure(output) {
  if (OFFLINE.test(output)) {
    return 'The packages could not be downloaded: npm cannot reach its registry. Check the network connection (or the proxy set for npm), then run the command again.';
  }
  if (/EUSAGE/.test(output)) {
    return 'package-lock.json does not match package.json: run `npm install`, then keep the changed lock file.';
  }
  if (/ENOSPC/.test(output))
    return 'The packages could not be installed: the disk is full. About 700 MB are needed.';
  if (/EACCES|EPERM/.test(output)) {
    return 'The packages could not be installed: this user may not write to the checkout (or to the folder of the npm cache).';
  }
  return `The packages could not be installed. The last lines of npm's output:\n${output.trim().split('\n').slice(-12).join('\n')}`;
}
