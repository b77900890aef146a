import assert from 'node:assert/strict';
import test from 'node:test';
import { isTokenFile, type TokenFile } from '../token.ts';
import { readPskc } from './container.ts';

// The figures of RFC 6030 that stand in no other test, in the same elements and values.

const CLEAR = { key: null, password: null };
const SECRET = '<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\n</PlainValue></Secret>';
const COUNTER = '<Counter><PlainValue>0</PlainValue></Counter>';
const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';

type Package = {
  readonly serial: string;
  readonly id: string;
  readonly algorithm?: string;
  readonly length?: number;
  readonly data?: string;
  readonly more?: string;
};

const container = (packages: readonly Package[], before = '', after = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" Id="exampleID1" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="${XMLENC}">
  ${before}${packages.map(keyPackage).join('\n')}${after}
</KeyContainer>`;

const keyPackage = ({
  serial,
  id,
  algorithm = 'hotp',
  length = 8,
  data = SECRET + COUNTER,
  more = '',
}: Package) =>
  `<KeyPackage>
    <DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>${serial}</SerialNo>
      <UserId>DC=example-bank,DC=net</UserId></DeviceInfo>
    <CryptoModuleInfo><Id>CM_ID_001</Id></CryptoModuleInfo>
    <Key Id="${id}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${algorithm}">
      <Issuer>Issuer</Issuer>
      <AlgorithmParameters><ResponseFormat Length="${length}" Encoding="DECIMAL"/></AlgorithmParameters>
      ${more}<Data>${data}</Data>
      <UserId>UID=jsmith,DC=example-bank,DC=net</UserId>
    </Key>
  </KeyPackage>`;

const taken = (read: TokenFile) => {
  assert.ok(isTokenFile(read), JSON.stringify(read));
  return read.map(({ serial, kind, secret }) => [serial, kind, Buffer.from(secret).toString()]);
};
const refused = (read: TokenFile): string => {
  assert.ok(!isTokenFile(read), 'it was taken');
  return read.problems.join('; ');
};
const KEY = '12345678901234567890';

test('figure 3: supplementary data about device, module and users is read over', () => {
  const text = container([{ serial: '987654321', id: '12345678' }]);
  assert.deepEqual(taken(readPskc(text, CLEAR)), [['987654321', 'hotp', KEY]]);
});

test('figure 4: a key that only points to a master key elsewhere is refused, since it holds no secret', () => {
  const more = '<KeyProfileId>keyProfile1</KeyProfileId><KeyReference>MasterKeyLabel</KeyReference>';
  const text = container([{ serial: '987654321', id: '12345678', more, data: COUNTER }]);
  assert.match(refused(readPskc(text, CLEAR)), /the secret of 987654321 must have 16 to 64 bytes/);
});

const pinned = (mode: string): string => {
  const policy = `<PINPolicy MinLength="4" MaxLength="4" PINKeyId="123456781" PINEncoding="DECIMAL" PINUsageMode="${mode}"/>`;
  const pin = '<Secret><PlainValue>MTIzNA==</PlainValue></Secret>';
  return container([
    { serial: '987654321', id: '12345678', more: `<Policy>${policy}<KeyUsage>OTP</KeyUsage></Policy>` },
    { serial: '987654321', id: '123456781', algorithm: 'pin', length: 4, data: pin },
  ]);
};

test('figure 5: of a token with a PIN of its own the key is taken, and the PIN left out', () => {
  assert.deepEqual(taken(readPskc(pinned('Local'), CLEAR)), [['987654321', 'hotp', KEY]]);
});

test('a PIN that is to be part of the code is refused, since nobody here would check it', () => {
  for (const mode of ['Append', 'Prepend', 'Algorithmic']) {
    assert.match(refused(readPskc(pinned(mode), CLEAR)), /key package 2/, mode);
  }
});

test('figure 8: a secret under an asymmetric key is refused in the sentence of every wrong key', () => {
  const sealed = `<EncryptedValue><xenc:EncryptionMethod Algorithm="${XMLENC}rsa_1_5"/><xenc:CipherData>
    <xenc:CipherValue>hJ+fvpoMPMO9BYpK2rdyQYGIxiATYHTHC7e/sPLKYo5/r1v+4xTYG3gJolCWuVMydJ7Ta0GaiBPHcWa8ctCVYmHKfSz5fdeV5nqb
    ZApe6dofTqhRwZK6Yx4ufevi91cjN2vBpSxYafvN3c3+xIgk0EnTV4iVPRCR0rBwyfFrPc4=</xenc:CipherValue>
    </xenc:CipherData></EncryptedValue>`;
  const certificate =
    '<EncryptionKey><ds:X509Data><ds:X509Certificate>MIIB</ds:X509Certificate></ds:X509Data></EncryptionKey>';
  const data = `<Secret>${sealed}</Secret>${COUNTER}`;
  const text = container([{ serial: '987654321', id: 'MBK000000001', length: 6, data }], certificate);
  const sentence = 'the secrets cannot be opened with this key or password';
  assert.equal(refused(readPskc(text, CLEAR)), sentence);
  assert.equal(refused(readPskc(text, { key: Buffer.alloc(16), password: null })), sentence);
});

test('figure 9: a signature is no part of the keys, and is not taken for a check of them', () => {
  const signature = `<ds:Signature><ds:SignedInfo><ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>
    <ds:Reference URI="#Device"><ds:DigestValue>j6lwx3rvEPO0vKtMup4NbeVu8nk=</ds:DigestValue></ds:Reference></ds:SignedInfo>
    <ds:SignatureValue>j6lwx3rvEPO0vKtMup4NbeVu8nk=</ds:SignatureValue></ds:Signature>`;
  const text = container([{ serial: '0755225266', id: '123', length: 6 }], '', signature);
  assert.deepEqual(taken(readPskc(text, CLEAR)), [['0755225266', 'hotp', KEY]]);
});

test('figure 10: many tokens are taken at once; one that is listed with two keys is refused by its number', () => {
  const bulk = ['654321', '123456', '9999999'].map((serial, i) => ({ serial, id: String(i + 1) }));
  assert.deepEqual(
    taken(readPskc(container(bulk), CLEAR)).map(([serial]) => serial),
    ['654321', '123456', '9999999'],
  );
  const twice = container([...bulk, { serial: '9999999', id: '4' }]);
  assert.match(refused(readPskc(twice, CLEAR)), /9999999/);
});
