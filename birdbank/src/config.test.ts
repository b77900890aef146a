import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigProblems, type Environment, readConfig } from './config.ts';

const KEY = 'test_ABCDEFGHIJKLMNOPQRSTUVWXY';

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig({ ROOST_ACCESS_KEY: KEY, ...env }, '/srv');
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigProblems);
    return error.problems;
  }
}

test('a key is enough: the rest has a usual value', () => {
  assert.deepEqual(readConfig({ ROOST_ACCESS_KEY: KEY }, '/srv'), {
    ...{ port: 5000, dataFolder: '/srv/data/birdbank' },
    ...{ roostUrl: 'http://localhost:8080', accessKey: KEY, trustProxy: [], appHost: null },
  });
  assert.equal(readConfig({ ROOST_ACCESS_KEY: KEY, ROOST_DATA: '/d' }, '/srv').dataFolder, '/d/birdbank');
  assert.equal(readConfig({ ROOST_ACCESS_KEY: KEY, BIRDBANK_DATA: 'b' }, '/srv').dataFolder, '/srv/b');
  assert.equal(
    readConfig({ ROOST_ACCESS_KEY: KEY, ROOST_URL: 'https://x/y/' }, '/srv').roostUrl,
    'https://x/y',
  );
});

test('every problem is told at once, a line each, which says what would be right', () => {
  const problems = problemsOf({ ROOST_ACCESS_KEY: '', ROOST_URL: 'nowhere', BIRDBANK_PORT: '70000' });
  assert.equal(problems.length, 3);
  assert.match(problems.join('\n'), /BIRDBANK_PORT: set a port from 0 to 65535/);
  assert.match(problems.join('\n'), /ROOST_URL: set the address of Roost, such as http:\/\/localhost:8080/);
  assert.match(problems.join('\n'), /ROOST_ACCESS_KEY: set an access key of Roost, live_… or test_…/);
});

test('a wrong key is not repeated in the line that refuses it', () => {
  const [problem = ''] = problemsOf({ ROOST_ACCESS_KEY: 'live_secretsecret secret' });
  assert.match(problem, /^ROOST_ACCESS_KEY: set/);
  assert.doesNotMatch(problem, /secret/);
});

test('an unknown setting of BirdBank is refused with the one that was meant; those of Roost are let be', () => {
  assert.deepEqual(problemsOf({ BIRDBANK_PROT: '5000' }), [
    'BIRDBANK_PROT: there is no such setting; did you mean BIRDBANK_PORT?',
  ]);
  assert.match(
    problemsOf({ BIRDBANK_SOMETHING: '1' })[0] ?? '',
    /there are BIRDBANK_PORT, .* and BIRDBANK_APP_HOST$/,
  );
  assert.deepEqual(problemsOf({ ROOST_GUARD: 'enforce', ROOST_ANYTHING: '1' }), []);
});

test('proxies are trusted by name alone, and a host is a host', () => {
  const read = (env: Environment) => readConfig({ ROOST_ACCESS_KEY: KEY, ...env }, '/srv');
  assert.deepEqual(read({ BIRDBANK_TRUST_PROXY: 'loopback, 10.0.0.0/8,2001:db8::/32' }).trustProxy, [
    ...['loopback', '10.0.0.0/8', '2001:db8::/32'],
  ]);
  for (const wrong of ['true', '*', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/'])
    assert.match(
      problemsOf({ BIRDBANK_TRUST_PROXY: wrong }).join(),
      /^BIRDBANK_TRUST_PROXY: set `loopback`/,
      wrong,
    );
  assert.equal(read({ BIRDBANK_APP_HOST: 'Bank.Example' }).appHost, 'bank.example');
  assert.equal(read({ BIRDBANK_APP_HOST: 'localhost:5000' }).appHost, 'localhost:5000');
  for (const wrong of ['https://bank.example', 'bank.example/', 'bank example', 'a:0', '-a.example'])
    assert.match(problemsOf({ BIRDBANK_APP_HOST: wrong }).join(), /^BIRDBANK_APP_HOST: set the host/, wrong);
});
