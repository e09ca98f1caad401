import { longestSigner, type SignerNeed, type SignerRule } from '#contracts/signers.ts';
import type { Evidence } from './evidence.ts';
import { judgeSignature } from './registry-signature.ts';
import { type NamedContent, refused, signed, type Verdict } from './verdict.ts';

/**
 * Whether a package is signed as every Registry wants it. INVARIANT: by the pinned trust of the very document
 * that has the rule, and of the pinned content; nothing is fetched here.
 */
export async function judgeSigners(
  content: NamedContent,
  evidence: Evidence,
  needs: readonly SignerNeed[],
  now: number,
): Promise<Verdict> {
  const by = new Set<string>();
  for (const need of needs) {
    const verdict = await judgeNeed(content, evidence, need, now);
    if (verdict.kind === 'refused') return verdict;
    by.add(verdict.by);
  }
  return signed([...by].join('; ').slice(0, longestSigner));
}

/** One of its rules holds; where none does, why the first does not. */
async function judgeNeed(
  content: NamedContent,
  evidence: Evidence,
  need: SignerNeed,
  now: number,
): Promise<Verdict> {
  let first: Verdict | undefined;
  for (const rule of need.rules) {
    const verdict = await judgeRule(content, evidence, { ...need, rule }, now);
    if (verdict.kind === 'signed') return verdict;
    first ??= verdict;
  }
  return first ?? refused('tools/provenance-missing', 'no rule says who may have signed it');
}

async function judgeRule(
  content: NamedContent,
  { signatures, bundles }: Evidence,
  { rule, trust }: Pick<SignerNeed, 'trust'> & { readonly rule: SignerRule },
  now: number,
): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  if (rule.registry === 'signature') {
    verdicts.push(judgeSignature(content, signatures, trust.registryKeys, now));
  }
  if (rule.builder !== undefined || rule.registry === 'attestation') {
    // Loaded by whoever wants it: most gateways check no statement.
    const { judgeBuilder, judgePublished } = await import('./attestation.ts');
    if (rule.registry === 'attestation') verdicts.push(judgePublished(content, bundles, trust));
    if (rule.builder !== undefined) {
      verdicts.push(judgeBuilder(content, bundles, trust, rule.builder));
    }
  }
  const words = verdicts.map((verdict) => (verdict.kind === 'signed' ? verdict.by : ''));
  return verdicts.find(({ kind }) => kind === 'refused') ?? signed(words.join(', '));
}
