import assert from 'node:assert/strict';
import test from 'node:test';
import { isTokenFile } from './token.ts';
import { readTokenCsv } from './token-csv.ts';

const HEX = '3132333435363738393031323334353637383930';
const SECRET = Buffer.from('12345678901234567890');

test('a list is read with all that may be left out', () => {
  const read = readTokenCsv(
    `# from the maker\r\nA1,${HEX}\r\n\r\nA2;${HEX};hotp;8;17\nA3, ${HEX}, TOTP, 6, 60, SHA256\n"A4","base32:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","totp"`,
  );
  assert.ok(isTokenFile(read));
  assert.deepEqual(
    read.map(({ serial, kind, settings, memory }) => ({ serial, kind, settings, memory })),
    [
      { serial: 'A1', kind: 'hotp', settings: { algorithm: 'SHA1', digits: 6 }, memory: { counter: 0 } },
      { serial: 'A2', kind: 'hotp', settings: { algorithm: 'SHA1', digits: 8 }, memory: { counter: 17 } },
      {
        ...{ serial: 'A3', kind: 'totp', memory: { lastStep: null, drift: 0 } },
        settings: { algorithm: 'SHA256', digits: 6, periodSeconds: 60, mostDriftSteps: 10 },
      },
      {
        ...{ serial: 'A4', kind: 'totp', memory: { lastStep: null, drift: 0 } },
        settings: { algorithm: 'SHA1', digits: 6, periodSeconds: 30, mostDriftSteps: 10 },
      },
    ],
  );
  for (const { secret } of read) assert.deepEqual(Buffer.from(secret), SECRET);
});

test('of a list in which anything is wrong nothing is taken, and every problem names its line', () => {
  const read = readTokenCsv(
    `A1,${HEX}\nA1,${HEX}\nA 2,${HEX}\nA3,zz\nA4,${HEX.slice(0, 20)}\nA5,${HEX},push\nA6,${HEX},hotp,7\nA7,${HEX},totp,6,45\nA8,${HEX},hotp,6,-1\nA9,${HEX},hotp,6,0,MD5\nB1,${HEX},hotp,6,0,SHA1,more`,
  );
  assert.ok(!isTokenFile(read));
  assert.deepEqual(
    read.problems.map((problem) => problem.split(':')[0]),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((line) => `line ${line}`),
  );
  assert.ok(
    read.problems.every((problem) => !problem.includes(HEX)),
    'no secret stands in a problem',
  );
});

test('an empty list is told so', () => {
  assert.deepEqual(readTokenCsv('# nothing\n'), { problems: ['the file lists no token'] });
});
