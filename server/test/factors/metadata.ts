import { sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Attester } from './authenticator.ts';

export const HOST = 'mds.fidoalliance.org';
export const ids = (digit: number): Buffer => Buffer.alloc(16, digit);
export const textOf = (id: Buffer): string =>
  id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
export const base64 = ({ certificate }: Attester): string => certificate.toString('base64');
export const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

type Signing = { readonly by: Attester; readonly chain: readonly Attester[]; readonly alg?: string };

export function blobOf(
  entries: readonly object[],
  { by, chain, alg = 'ES256' }: Signing,
  { no = 7, nextUpdate = '2027-01-01' } = {},
): string {
  const input = `${encoded({ alg, typ: 'JWT', x5c: [by, ...chain].map(base64) })}.${encoded({
    ...{ legalHeader: 'Made for a test', no, nextUpdate, entries },
  })}`;
  const signature = sign('sha256', Buffer.from(input), { key: by.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export const entryOf = (
  id: Buffer,
  description: string,
  roots: readonly Attester[],
  statuses: readonly string[],
) => ({
  aaguid: textOf(id),
  metadataStatement: {
    ...{ description, aaguid: textOf(id) },
    // As some makers have it, in lines.
    attestationRootCertificates: roots.map((root) => base64(root).replace(/(.{64})/g, '$1\n')),
  },
  statusReports: statuses.map((status) => ({ status, effectiveDate: '2026-01-01' })),
});

export function fileWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'roost-metadata-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'mds.jwt'), text);
  return join(folder, 'mds.jwt');
}
