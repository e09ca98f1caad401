import type { ErrorCode } from '#kernel/error-codes.ts';

/** Why a package is not believed to be of whom it must be. */
export type Distrust = Extract<
  ErrorCode,
  | 'tools/provenance-missing'
  | 'tools/provenance-unavailable'
  | 'tools/provenance-invalid'
  | 'tools/provenance-of-another'
  | 'tools/signer-mismatch'
>;

export type Verdict =
  | { readonly kind: 'signed'; readonly by: string }
  | { readonly kind: 'refused'; readonly code: Distrust; readonly why: string };

export function refused(code: Distrust, why: string): Extract<Verdict, { kind: 'refused' }> {
  return { kind: 'refused', code, why };
}

export function signed(by: string): Verdict {
  return { kind: 'signed', by };
}

/** The package that stands in the document, whose installed content is compared with it apart from this. */
export interface NamedContent {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}
