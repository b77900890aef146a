import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isTokenFile, type TokenFile } from '../token.ts';
import { readPskc } from './container.ts';

const CLEAR = { key: null, password: null };
const AES_KEY = { key: Buffer.from('12345678901234567890123456789012', 'hex'), password: null };
const PASSWORD = { key: null, password: 'qwerty' };
const SECRET = Buffer.from('12345678901234567890');
const NAMESPACES =
  'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"';
const HOTP = 'urn:ietf:params:xml:ns:keyprov:pskc:hotp';

// RFC 6030, figure 2: one HOTP key in the clear.
const FIGURE_2 = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" Id="exampleID1" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
  <KeyPackage>
    <Key Id="12345678" Algorithm="${HOTP}">
      <Issuer>Issuer-A</Issuer>
      <AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data>
    </Key>
  </KeyPackage>
</KeyContainer>`;

// Figure 6: under an AES key that both sides have.
const FIGURE_6 = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" ${NAMESPACES}>
  <EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>
  <MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>
        ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX
      </xenc:CipherValue></xenc:CipherData>
    </MACKey>
  </MACMethod>
  <KeyPackage>
    <DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>987654321</SerialNo></DeviceInfo>
    <CryptoModuleInfo><Id>CM_ID_001</Id></CryptoModuleInfo>
    <Key Id="12345678" Algorithm="${HOTP}">
      <Issuer>Issuer</Issuer>
      <AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data>
        <Secret>
          <EncryptedValue>
            <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
            <xenc:CipherData><xenc:CipherValue>
              AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv
            </xenc:CipherValue></xenc:CipherData>
          </EncryptedValue>
          <ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=</ValueMAC>
        </Secret>
        <Counter><PlainValue>0</PlainValue></Counter>
      </Data>
    </Key>
  </KeyPackage>
</KeyContainer>`;

// Figure 7: under a password.
const FIGURE_7 = `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"
  xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Version="1.0">
  <pskc:EncryptionKey>
    <xenc11:DerivedKey>
      <xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
        <pkcs5:PBKDF2-params>
          <Salt><Specified>Ej7/PEpyEpw=</Specified></Salt>
          <IterationCount>1000</IterationCount><KeyLength>16</KeyLength><PRF/>
        </pkcs5:PBKDF2-params>
      </xenc11:KeyDerivationMethod>
      <xenc:ReferenceList><xenc:DataReference URI="#ED"/></xenc:ReferenceList>
      <xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName>
    </xenc11:DerivedKey>
  </pskc:EncryptionKey>
  <pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <pskc:MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>
        2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx
      </xenc:CipherValue></xenc:CipherData>
    </pskc:MACKey>
  </pskc:MACMethod>
  <pskc:KeyPackage>
    <pskc:DeviceInfo><pskc:SerialNo>987654321</pskc:SerialNo></pskc:DeviceInfo>
    <pskc:Key Algorithm="${HOTP}" Id="123456">
      <pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>
          <pskc:EncryptedValue Id="ED">
            <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
            <xenc:CipherData><xenc:CipherValue>
              oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f
            </xenc:CipherValue></xenc:CipherData>
          </pskc:EncryptedValue>
          <pskc:ValueMAC>LP6xMvjtypbfT9PdkJhBZ+D6O4w=</pskc:ValueMAC>
        </pskc:Secret>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>
</pskc:KeyContainer>`;

const onlyOf = (read: TokenFile) => {
  assert.ok(isTokenFile(read), JSON.stringify(read));
  const [token, ...more] = read;
  assert.ok(token !== undefined && more.length === 0);
  return { ...token, secret: Buffer.from(token.secret).toString() };
};

const HOTP_8 = { kind: 'hotp', settings: { algorithm: 'SHA1', digits: 8 }, memory: { counter: 0 } };

test('the keys of RFC 6030, figures 2, 6 and 7, are the one that they are said to be', () => {
  const secret = SECRET.toString();
  assert.deepEqual(onlyOf(readPskc(FIGURE_2, CLEAR)), { serial: '12345678', secret, ...HOTP_8 });
  assert.deepEqual(onlyOf(readPskc(FIGURE_6, AES_KEY)), { serial: '987654321', secret, ...HOTP_8 });
  assert.deepEqual(onlyOf(readPskc(FIGURE_7, PASSWORD)), { serial: '987654321', secret, ...HOTP_8 });
});

test('a TOTP token brings its own hash, digits and period', () => {
  const totp = FIGURE_2.replace(HOTP, HOTP.replace('hotp', 'totp'))
    .replace('<ResponseFormat Length="8"', '<Suite>HMAC-SHA256</Suite><ResponseFormat Length="6"')
    .replace('</Data>', '<TimeInterval><PlainValue>60</PlainValue></TimeInterval></Data>');
  const { kind, settings } = onlyOf(readPskc(totp, CLEAR));
  assert.equal(kind, 'totp');
  assert.deepEqual(settings, { algorithm: 'SHA256', digits: 6, periodSeconds: 60, mostDriftSteps: 10 });
});

const problemOf = (read: TokenFile): string => {
  assert.ok(!isTokenFile(read), 'it was taken');
  return read.problems.join('; ');
};

// Stops an oracle: whoever tries keys or changed files learns nothing from the answer.
test('a wrong key, a wrong password, a changed secret and a changed or missing MAC get one sentence', () => {
  const sentence = 'the secrets cannot be opened with this key or password';
  const attempts: readonly TokenFile[] = [
    readPskc(FIGURE_6, { key: Buffer.alloc(16), password: null }),
    readPskc(FIGURE_6, { key: Buffer.alloc(32), password: null }),
    readPskc(FIGURE_6, CLEAR),
    readPskc(FIGURE_7, { key: null, password: 'qwertz' }),
    readPskc(FIGURE_7, AES_KEY),
    readPskc(FIGURE_6.replace('AAECAwQF', 'AAECAwQG'), AES_KEY),
    readPskc(FIGURE_6.replace('iUqGv', 'iUqGw').replace('IUqGv', 'IUqGw'), AES_KEY),
    readPskc(FIGURE_6.replace('Su+NvtQf', 'Su+NvtQg'), AES_KEY),
    readPskc(FIGURE_6.replace(/<ValueMAC>.*<\/ValueMAC>/, ''), AES_KEY),
    readPskc(FIGURE_6.replace('hmac-sha1', 'hmac-md5'), AES_KEY),
    readPskc(FIGURE_7.replace('1000', '900000000'), PASSWORD),
  ];
  for (const read of attempts) assert.equal(problemOf(read), sentence);
});

test('an unknown algorithm, odd digits and a short secret are refused by name', () => {
  assert.match(problemOf(readPskc(FIGURE_2.replace('pskc:hotp', 'pskc:pin'), CLEAR)), /hotp, totp or ocra/);
  assert.match(problemOf(readPskc(FIGURE_2.replace('"8"', '"7"'), CLEAR)), /6 or 8 digits/);
  assert.match(problemOf(readPskc(FIGURE_2.replace('DECIMAL', 'HEXADECIMAL'), CLEAR)), /6 or 8 digits/);
  const short = FIGURE_2.replace('MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=', 'MTIzNDU2Nzg5MDEyMzQ=');
  assert.match(problemOf(readPskc(short, CLEAR)), /16 to 64 bytes/);
  assert.match(problemOf(readPskc('<KeyContainer/>', CLEAR)), /RFC 6030/);
});

// Stops XXE, the billion laughs and their kin: none of it is even read.
const HOSTILE: readonly (readonly [string, RegExp])[] = [
  [`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${FIGURE_2}`, /DTD/],
  [FIGURE_2.replace('<KeyContainer', '<!DOCTYPE lolz [<!ENTITY lol "lol">]><KeyContainer'), /DTD/],
  [FIGURE_2.replace('Issuer-A', '&xxe;'), /entity/],
  [FIGURE_2.replace('Issuer-A', '&#x41;'), /entity/],
  [FIGURE_2.replace('Issuer-A', '<![CDATA[x]]>'), /CDATA/],
  [FIGURE_2.replace('Issuer-A', '<?php x ?>'), /processing instruction/],
  [FIGURE_2.replace('</KeyContainer>', ''), /does not end/],
  [`${FIGURE_2}<KeyContainer/>`, /two roots/],
  [FIGURE_2.replace('</Issuer>', '</Issue>'), /end tag/],
  [FIGURE_2.replace('Id="12345678"', 'Id="1" Id="2"'), /twice/],
  ['<a>'.repeat(100_000), /nested deeper/],
  ['<x:a/>', /nobody says/],
  ['', /does not end/],
];

for (const [text, why] of HOSTILE) {
  test(`a file is refused: ${String(why)} ${text.slice(0, 30).replaceAll('\n', ' ')}`, () => {
    assert.match(problemOf(readPskc(text, CLEAR)), why);
  });
}

test('no change of a good file makes the reader throw, or take another secret for the right one', () => {
  const cut = fc.record({
    at: fc.nat({ max: FIGURE_6.length }),
    put: fc.string({ maxLength: 6 }),
    drop: fc.nat({ max: 6 }),
  });
  fc.assert(
    fc.property(cut, ({ at, put, drop }) => {
      const read = readPskc(FIGURE_6.slice(0, at) + put + FIGURE_6.slice(at + drop), AES_KEY);
      if (isTokenFile(read)) for (const { secret } of read) assert.deepEqual(Buffer.from(secret), SECRET);
    }),
    { numRuns: 2_000 },
  );
});
