import type { DocumentKind } from '#contracts/document-kind.ts';
import type { DocumentStore } from '#contracts/document-store.ts';

/** Which stored documents name a secret, whether they are in force or not: `ToolServer billing`. */
export function namedBy({
  documents,
  kinds,
}: {
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly kinds: readonly DocumentKind[];
}): (tenant: string, secret: string) => Promise<readonly string[]> {
  return async (tenant, secret) => {
    const all = await documents.list(tenant);
    return all.flatMap(({ kind: name, name: document, spec }) => {
      const kind = kinds.find((one) => one.kind === name);
      const read = kind?.parse(document, spec);
      const named = read?.kind === 'parsed' ? (kind?.secrets?.(read.entry) ?? []) : [];
      return named.includes(secret) ? [`${name} ${document}`] : [];
    });
  };
}
