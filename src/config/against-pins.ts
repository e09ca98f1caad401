import type { DocumentKind } from '#contracts/document-kind.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { ServerPin } from './compile.ts';

interface Written {
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
}

/**
 * What is wrong with documents beside the definitions that are approved now. Asked of documents that
 * are new or changed only: a definition that is approved later must not keep a start from succeeding,
 * because the call itself is refused then.
 */
export function problemsAgainstPins(
  kinds: readonly DocumentKind[],
  documents: readonly Written[],
  pins: readonly ServerPin[],
): readonly string[] {
  const known = new Map(pins.map(({ server, pinned }) => [`${server}/${pinned.tool}`, pinned]));
  return documents.flatMap(({ kind, name, spec }) => {
    const judge = kinds.find((one) => one.kind === kind);
    const parsed = judge?.parse(name, spec);
    if (judge?.against === undefined || parsed?.kind !== 'parsed') return [];
    return judge
      .against(parsed.entry, (server, tool) => known.get(`${server}/${tool}`))
      .map(
        ({ message, suggestedAction }) => `${kind} \`${name}\`: ${message} (${suggestedAction})`,
      );
  });
}

/** Those that stand in the store in another form or not at all. */
export function changedDocuments<Document extends Written & { readonly digest: string }>(
  documents: readonly Document[],
  stored: readonly { readonly kind: string; readonly name: string; readonly digest: string }[],
): readonly Document[] {
  const before = new Map(stored.map(({ kind, name, digest }) => [`${kind}/${name}`, digest]));
  return documents.filter(({ kind, name, digest }) => before.get(`${kind}/${name}`) !== digest);
}
