import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signAws } from './sigv4.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
};
const AT_MS = Date.UTC(2015, 7, 30, 12, 36, 0);
const FORM = 'application/x-www-form-urlencoded';

// From the test suite of Signature Version 4 that AWS published, and the example in its documents.
const VECTORS = [
  {
    name: 'get-vanilla',
    request: { method: 'GET', url: 'https://example.amazonaws.com/', headers: {}, body: '' },
    service: 'service',
    signedHeaders: 'host;x-amz-date',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'post-vanilla',
    request: { method: 'POST', url: 'https://example.amazonaws.com/', headers: {}, body: '' },
    service: 'service',
    signedHeaders: 'host;x-amz-date',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'get-vanilla-query-order-key-case, its query in order',
    request: {
      method: 'GET',
      url: 'https://example.amazonaws.com/?Param1=value1&Param2=value2',
      headers: {},
      body: '',
    },
    service: 'service',
    signedHeaders: 'host;x-amz-date',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'post-x-www-form-urlencoded',
    request: {
      method: 'POST',
      url: 'https://example.amazonaws.com/',
      headers: { 'content-type': FORM },
      body: 'Param1=value1',
    },
    service: 'service',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    name: 'IAM ListUsers',
    request: {
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': `${FORM}; charset=utf-8` },
      body: '',
    },
    service: 'iam',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  },
];

for (const { name, request, service, signedHeaders, signature } of VECTORS) {
  test(`Signature Version 4 gives the published signature of ${name}`, () => {
    const { authorization } = signAws(request, CREDENTIALS, { region: 'us-east-1', service }, AT_MS);
    assert.equal(
      authorization,
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, ` +
        `SignedHeaders=${signedHeaders}, Signature=${signature}`,
    );
  });
}

test('a session token is sent and signed', () => {
  const request = { method: 'POST', url: 'https://example.amazonaws.com/', headers: {}, body: '' };
  const scope = { region: 'us-east-1', service: 'service' };
  const headers = signAws(request, { ...CREDENTIALS, sessionToken: 'AQoDYXdzEPT' }, scope, AT_MS);
  assert.equal(headers['x-amz-security-token'], 'AQoDYXdzEPT');
  assert.match(headers.authorization ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
});
