import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogWriter } from '#storage/tiles/index.ts';
import { logVkey } from '#tlog/index.ts';
import { edited, editsOf } from './log-edits.ts';
import { makeSigner } from './tlog-memory-log.ts';

/**
 * The log before `fsck` of Tessera, the library that public logs are run with. Building it takes a while, so it is built
 * by `bailiwick soak` (or named, built, by $BAILIWICK_FSCK).
 */
const root = mkdtempSync(join(tmpdir(), 'tessera-fsck-'));

function binaryOf(): string | undefined {
  const named = process.env['BAILIWICK_FSCK'];
  if (named !== undefined) return named;
  if (process.env['BAILIWICK_STRANGERS'] !== 'all') return undefined;
  const folder = join(root, 'src');
  cpSync(join(import.meta.dirname, 'go-fsck'), folder, { recursive: true });
  const built = join(root, 'fsck');
  const words = ['build', '-mod=mod', '-o', built, 'github.com/transparency-dev/tessera/cmd/fsck'];
  spawnSync('go', words, { cwd: folder, stdio: 'pipe', timeout: 600_000 });
  return existsSync(built) ? built : undefined;
}

const binary = binaryOf();
if (binary === undefined) {
  console.warn('NOT RUN: our log before the fsck of Tessera (needs go; see soak)');
}

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const folder = join(root, 'log');
const edits = Number(process.env['BAILIWICK_FSCK_EDITS'] ?? 200);

/** By what it says: it ends with 0 also when it found something. */
function fsck(log: string): { readonly accepted: boolean; readonly said: string } {
  const place = ['-storage_url', `file://${log}/`, '-public_key', join(root, 'vkey')];
  // With fewer workers than it finds faults it waits for ever.
  const words = [...place, '-N=64', '-ui=false', '-logtostderr'];
  const { stderr } = spawnSync(binary ?? '', words, {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1e8,
  });
  const accepted = stderr.includes("Successfully fsck'd") && !stderr.includes('fsck failed');
  return { accepted, said: stderr };
}

afterAll(() => rmSync(root, { recursive: true, force: true }));

const isAsked =
  process.env['BAILIWICK_FSCK'] !== undefined || process.env['BAILIWICK_STRANGERS'] === 'all';
if (!isAsked) {
  it('is met in the soak, where it is built', () => {
    expect(isAsked).toBe(false);
  });
}
const inSoak = isAsked ? describe : () => undefined;

inSoak('the fsck of Tessera', () => {
  beforeAll(() => {
    writeFileSync(join(root, 'vkey'), logVkey(origin, signer.publicKey));
    const writer = openLogWriter({ folder, origin, signer });
    const frames = Array.from({ length: 3_000 }, (_, n) => ({
      kind: 'leaf' as const,
      bytes: Buffer.from(`{"n":${n}}`, 'utf8'),
      position: { segment: 1, offset: 4_096 + n * 64 },
    }));
    writer.append('ab'.repeat(16), frames);
    writer.publish();
  });

  it('accepts what our writer wrote [AUD-03, AUD-22]', () => {
    expect(fsck(folder)).toMatchObject({ accepted: true });
  });

  it(`refuses every one of ${edits} seeded edits of it [AUD-03]`, () => {
    for (const edit of editsOf(folder, edits, 20_262)) {
      const { accepted, said } = fsck(edited(folder, join(root, 'edited'), edit));
      expect(accepted, edit.name).toBe(false);
      expect(said, edit.name).toMatch(/^[EF]\d{4} /mu);
    }
  }, 600_000);
});
