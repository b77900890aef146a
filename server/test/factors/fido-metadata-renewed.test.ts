import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { metadataNotes, watchMetadata } from '../../src/compose/fido-metadata.ts';
import { readConfig } from '../../src/config.ts';
import { isOverdue } from '../../src/domain/factor/fido-metadata.ts';
import { type LiveFacts, liveChecks } from '../../src/domain/going-live.ts';
import { createLog } from '../../src/kernel/log.ts';
import { signedInOwner } from '../attack/console.ts';
import { shell } from '../cli/shell.ts';
import { readExposition } from '../observability/exposition.ts';
import { freshFolder } from '../operations/support.ts';
import { startRoost } from '../support/roost.ts';
import { attester, maker, register, signerOf } from './authenticator.ts';
import { refusalOf } from './factors.ts';
import { base64, blobOf, entryOf, fileWith, HOST, ids, textOf } from './metadata.ts';
import { beginPasskey, configured, confirmPasskey } from './passkeys.ts';

const root = maker();
const signing = { by: signerOf(HOST, { by: root }), chain: [] };
const good = maker();
const known = entryOf(ids(1), 'A key', [good], ['FIDO_CERTIFIED']);
const revoked = entryOf(ids(1), 'A key', [good], ['FIDO_CERTIFIED', 'REVOKED']);
const DAY_MS = 86_400_000;
/** The day of this moment and some days later, as the service writes it. */
const dayIn = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** Another file is put into its place, as it should be. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  assert.fail(what);
}

test('a newer file is taken without a restart; one that cannot be trusted, or is older, is not, and what was in force stays', async (t) => {
  const file = fileWith(t, blobOf([known], signing, { no: 7, nextUpdate: '2099-01-01' }));
  const env = configured(t, { attestation: 'direct', metadata: { file, roots: [base64(root)] } });
  const { policy } = readConfig(env, '/');
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const watch = watchMetadata(policy.webauthn, { log, nowMs: Date.now });
  const reported = () => watch.current()?.models.get(textOf(ids(1)))?.reported;
  await watch.refresh();
  assert.deepEqual([watch.state()?.number, reported(), lines.length], [7, null, 0]);

  replace(file, blobOf([revoked], signing, { no: 8, nextUpdate: '2099-02-01' }));
  await watch.refresh();
  assert.deepEqual([watch.state()?.nextUpdate, reported()], ['2099-02-01', 'REVOKED']);
  assert.match(lines.at(-1) ?? '', /"event":"fido-metadata\.taken"/);

  const stranger = signerOf(HOST);
  const next = blobOf([known], signing, { no: 9, nextUpdate: '2099-03-01' });
  const bad: readonly (readonly [put: () => void, words: RegExp])[] = [
    [
      () => replace(file, blobOf([known], { by: stranger, chain: [] }, { no: 9 })),
      /leads to none of the roots/,
    ],
    [() => replace(file, next.slice(0, -9)), /is not signed by what it names/],
    [() => replace(file, blobOf([known], signing, { no: 7 })), /number 7, which is older than 8/],
    [() => replace(file, blobOf([known], signing, { no: 9, nextUpdate: 'soon' })), /holds no metadata/],
    [() => rmSync(file), /cannot be read/],
  ];
  for (const [put, words] of bad) {
    put();
    const before = lines.length;
    await watch.refresh();
    await watch.refresh();
    assert.equal(lines.length, before + 1, 'it is told once');
    assert.match(lines.at(-1) ?? '', /"level":"error".*"event":"fido-metadata\.not-taken"/);
    assert.match(lines.at(-1) ?? '', words);
    assert.match(watch.state()?.unread ?? '', words);
    assert.deepEqual([watch.state()?.number, reported()], [8, 'REVOKED'], String(words));
  }
  replace(file, next);
  await watch.refresh();
  assert.deepEqual([watch.state()?.number, watch.state()?.unread, reported()], [9, null, null]);
});

test('they are overdue when the day is over by which the next ones were due, and the log says so once a day', async (t) => {
  const file = fileWith(t, blobOf([known], signing, { nextUpdate: '2030-05-31' }));
  const env = configured(t, { attestation: 'direct', metadata: { file, roots: [base64(root)] } });
  const { policy } = readConfig(env, '/');
  const { metadata } = policy.webauthn;
  assert.ok(metadata !== null);
  const midnight = Date.parse('2030-06-01T00:00:00Z');
  assert.deepEqual([isOverdue(metadata, midnight - 1), isOverdue(metadata, midnight)], [false, true]);
  let nowMs = midnight - 1;
  const lines: string[] = [];
  const log = createLog('warn', { write: (line) => void lines.push(line) });
  const watch = watchMetadata(policy.webauthn, { log, nowMs: () => nowMs });
  const told: number[] = [];
  for (const laterMs of [0, 1, 60_000, DAY_MS, DAY_MS + 1, 3 * DAY_MS]) {
    nowMs = midnight - 1 + laterMs;
    await watch.refresh();
    told.push(lines.length);
  }
  assert.deepEqual(told, [0, 1, 1, 1, 2, 3]);
  assert.match(lines[0] ?? '', /"level":"warn".*"overdueDays":1.*"event":"fido-metadata\.overdue"/);
  assert.deepEqual(metadataNotes(watch.state()), ['newer FIDO metadata were due by 2030-05-31']);
  replace(file, blobOf([known], signing, { no: 8, nextUpdate: '2031-01-01' }));
  await watch.refresh();
  assert.deepEqual([watch.state()?.isOverdue, metadataNotes(watch.state())], [false, []]);
});

test('where Roost runs: passkeys are judged by the new file; readiness, metrics and the console tell what is wrong', async (t) => {
  const file = fileWith(t, blobOf([known], signing, { no: 7, nextUpdate: dayIn(3) }));
  const metadata = { file, roots: [base64(root)] };
  const roost = await startRoost(t, { env: configured(t, { attestation: 'direct', metadata }) });
  let users = 0;
  const enrol = async () => {
    users += 1;
    const { id, publicKey } = await beginPasskey(roost, `user-${users}`);
    const twists = { attestation: 'packed', aaguid: ids(1), attestedBy: attester({ by: good }) } as const;
    return confirmPasskey(roost, `user-${users}`, id, register(publicKey, twists).answer);
  };
  const metric = async (problem: string) => {
    const families = readExposition((await roost.call('GET', '/metrics', { key: null })).text);
    const samples = families.get('roost_fido_metadata_problem')?.samples ?? [];
    return samples.find(({ labels }) => labels.problem === problem)?.value;
  };
  const ready = async () => (await roost.call('GET', '/ready', { key: null })).body;
  const { browser } = await signedInOwner(roost);
  const item = async () =>
    /<li id="metadata">[\s\S]*?<\/li>/.exec((await browser.open('/console/live')).text)?.[0] ?? '';
  assert.equal((await enrol()).status, 200);
  assert.deepEqual(
    [await ready(), await metric('overdue'), await metric('unread')],
    [{ status: 'ready' }, 0, 0],
  );
  assert.match(await item(), /chip good/);

  replace(file, blobOf([revoked], signing, { no: 8, nextUpdate: dayIn(3) }));
  await until('the new file is taken', async () => (await enrol()).status === 422);
  replace(file, 'nothing');
  await until('the bad file is looked at', async () => (await metric('unread')) === 1);
  assert.equal(refusalOf(await enrol()), 'wrong_code', 'what was in force still is');
  const { status, notes } = await ready();
  assert.equal(status, 'ready');
  assert.match(notes.join(), /was not taken: what was read before is in force/);
  assert.match(
    await item(),
    /chip warn[\s\S]*is no BLOB of a FIDO Metadata Service\. What was read before is in force\./,
  );

  replace(file, blobOf([revoked], signing, { no: 8, nextUpdate: dayIn(-1) }));
  await until('the good file is taken', async () => (await metric('unread')) === 0);
  assert.equal(await metric('overdue'), 1);
  assert.match(await item(), /chip warn[\s\S]*Newer ones were due by/);
  assert.deepEqual((await ready()).notes, [`newer FIDO metadata were due by ${dayIn(-1)}`]);
});

test('roost doctor says until when they are good, and doubts those that are overdue', async (t) => {
  for (const [nextUpdate, state, note] of [
    ['2099-01-01', 'good', /^metadata number 7, the next due by 2099-01-01$/],
    ['2026-01-01', 'doubtful', /^metadata number 7, the next due by 2026-01-01: download them anew$/],
  ] as const) {
    const file = fileWith(t, blobOf([known], signing, { nextUpdate }));
    const env = configured(t, { attestation: 'direct', metadata: { file, roots: [base64(root)] } });
    const ran = await shell(['doctor', '--json'], { ...env, ROOST_DATA: freshFolder(t) });
    const found = JSON.parse(ran.stdout).findings.find(
      ({ what }: { what: string }) => what === 'authenticators',
    );
    assert.equal(found?.state, state, ran.stdout);
    assert.match(found.note, note);
  }
});

test('where none are configured nothing is said of them', () => {
  const facts: LiveFacts = {
    ...{ liveKeys: 0, providers: [], publicUrl: null, isEnforced: true, countries: null, owners: [] },
    ...{ liveWebhooks: 0, restoredAtMs: null, sandbox: 'off', metadata: null },
  };
  assert.ok(liveChecks(facts, 0).every(({ id }) => id !== 'metadata'));
  assert.deepEqual(metadataNotes(null), []);
});
