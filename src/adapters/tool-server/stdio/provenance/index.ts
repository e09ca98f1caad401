import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import type { Signed, SignerNeed } from '#contracts/signers.ts';
import { askRegistry, type RegistryAsk } from './ask-registry.ts';
import { type Evidence, evidenceBytes, evidenceText, readEvidence } from './evidence.ts';
import { judgeSigners } from './judge.ts';
import { type Distrust, type NamedContent, refused, type Verdict } from './verdict.ts';

export type { Distrust } from './verdict.ts';

export interface SignersNeed {
  readonly content: NamedContent;
  readonly needs: readonly SignerNeed[];
  /** Where what the registry showed is kept. INVARIANT: it is verified anew whenever it is read. */
  readonly kept: string;
  readonly ask: RegistryAsk;
}

type Checked = Signed | { readonly code: Distrust; readonly why: string };

/**
 * Who signed a package, by pinned trust. Its registry is asked once, and again where what it showed does not do;
 * otherwise nobody is asked.
 */
export async function checkSigners(need: SignersNeed, clock: () => number): Promise<Checked> {
  const { content, needs, kept } = need;
  const at = clock();
  const before = await readKept(kept);
  const known = before === undefined ? undefined : await judgeSigners(content, before, needs, at);
  if (known?.kind === 'signed') return { at, by: known.by };
  const fresh = await ask(need);
  if ('kind' in fresh) return told(known ?? fresh);
  const verdict = await judgeSigners(content, fresh, needs, at);
  if (verdict.kind === 'refused') return told(verdict);
  await keep(kept, fresh);
  return { at, by: verdict.by };
}

function told(verdict: Verdict): Checked {
  if (verdict.kind === 'signed') throw new TypeError('a signed package is no refusal');
  return { code: verdict.code, why: verdict.why };
}

async function ask({ content, ask: how }: SignersNeed): Promise<Evidence | Verdict> {
  try {
    return await askRegistry(content, how);
  } catch {
    // What it wrote is nobody's to read.
    return refused(
      'tools/provenance-unavailable',
      'its registry does not say who signed it, or nothing that can be read',
    );
  }
}

async function readKept(path: string): Promise<Evidence | undefined> {
  const found = await stat(path).catch(() => undefined);
  // With room for how it is written here.
  if (found === undefined || found.size > 2 * evidenceBytes) return undefined;
  return readEvidence(await readFile(path));
}

/** Whole or not at all; several gateways write the same. */
async function keep(path: string, evidence: Evidence): Promise<void> {
  const beside = `${path}.${randomBytes(8).toString('hex')}`;
  await writeFile(beside, evidenceText(evidence), { mode: 0o600 });
  await rename(beside, path);
}
