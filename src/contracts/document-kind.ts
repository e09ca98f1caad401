import type { JsonObject } from '#kernel/json/value.ts';

export interface DocumentProblem {
  /** Path inside the document, such as `spec.tools.0.tool`; the loader adds file and line. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly suggestedAction: string;
}

export interface DocumentReference {
  readonly kind: string;
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/** A plane's own kind of document: it alone knows the shape. Unknown keys are problems. */
export interface DocumentKind<Entry> {
  readonly kind: string;
  parse(
    name: string,
    spec: JsonObject,
  ):
    | {
        readonly kind: 'parsed';
        readonly entry: Entry;
        readonly references: readonly DocumentReference[];
      }
    | { readonly kind: 'problems'; readonly problems: readonly DocumentProblem[] };
}
