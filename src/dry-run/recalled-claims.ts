import type { MarkClaims } from '#contracts/claim-marks.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import type { ClaimMark } from '#kernel/principal.ts';
import { policiesOf } from '#planes/policy/index.ts';

/** What a record says of claims, as rules read them. */
export type RecallClaims = (tenant: string, marks: readonly ClaimMark[]) => readonly string[];

/**
 * Records have a keyed digest of each claim. Rules ask for claims by what they spell out, so whatever they spell out is
 * held against the digests. INVARIANT: what no rule spells out stays unknown, under its name: it is read by no rule
 * as a value of another claim.
 */
export function recallClaims(
  mark: MarkClaims,
  configurations: readonly (Configuration | undefined)[],
): RecallClaims {
  const known = new Map<string, ReadonlyMap<string, string>>();
  const spelledIn = (tenant: string) => {
    const before = known.get(tenant);
    if (before !== undefined) return before;
    const words = [...new Set(configurations.flatMap((one) => spelledOut(one, tenant)))];
    const marks = mark(tenant, words);
    const made = new Map(marks.map(({ digest }, at) => [digest, words[at] ?? '']));
    known.set(tenant, made);
    return made;
  };
  return (tenant, marks) =>
    marks.map(({ name, digest }) => spelledIn(tenant).get(digest) ?? `${name}=\u{fffd}${digest}`);
}

/** Texts of Cedar that could be a claim, escapes read. */
function spelledOut(configuration: Configuration | undefined, tenant: string): readonly string[] {
  const entry = configuration?.snapshot.tenants[tenant];
  if (entry === undefined) return [];
  return policiesOf(entry).flatMap(({ cedar }) =>
    [...cedar.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
      .map(([, text = '']) => unescaped(text))
      .filter((text) => text.includes('=')),
  );
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(.))/g, (_, u, x, one) => {
    const code = (u ?? x) as string | undefined;
    if (code === undefined) return escapes[one as string] ?? (one as string);
    const point = Number.parseInt(code, 16);
    return point > 0x10_ff_ff ? '' : String.fromCodePoint(point);
  });
}
