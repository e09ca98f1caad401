import type { Signed, SignerNeed } from '#contracts/signers.ts';
import { checkSigners, type Distrust } from './provenance/index.ts';
import type { NamedContent } from './provenance/verdict.ts';

export interface SignedPackageNeed {
  readonly content: NamedContent;
  readonly signers: readonly SignerNeed[];
  /** The folder of its server's packages. */
  readonly packages: string;
  /** What of it lies there is called by this. */
  readonly id: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => number;
}

/** What nobody wants to know is not looked at. */
export type SignedPackage =
  | { readonly signed: Signed | undefined }
  | { readonly code: Distrust; readonly why: string };

/** A call that fails may come again at once: its registry is not asked as often as agents like. */
const refusalMs = 30_000;

interface Refused {
  readonly signers: readonly SignerNeed[];
  readonly until: number;
  readonly answer: SignedPackage;
}

const refusals = new Map<string, Refused>();

/** INVARIANT: asked before each start, also of what is installed: whom one may believe changes. */
export async function signersOf(need: SignedPackageNeed): Promise<SignedPackage> {
  const { content, signers, packages, id, environment, now } = need;
  if (signers.length === 0) return { signed: undefined };
  const before = refusals.get(id);
  if (before !== undefined && before.signers === signers && now() < before.until) {
    return before.answer;
  }
  const flags = ['--prefix', packages, '--cache', `${packages}/cache`, '--prefer-online'];
  const ask = { environment, flags, cwd: packages, timeoutMs: askMs };
  const checked = await checkSigners({ content, needs: signers, kept: `${id}.signed`, ask }, now);
  if ('code' in checked) {
    refusals.set(id, { signers, until: now() + refusalMs, answer: checked });
    return checked;
  }
  refusals.delete(id);
  return { signed: checked };
}

const askMs = 20_000;
