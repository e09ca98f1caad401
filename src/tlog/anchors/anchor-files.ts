/**
 * What others outside noted of a log stands beside it, each under a name of its own, and nothing is written over:
 * the head as it was sent (`SIZE.checkpoint`) and each answer (`SIZE.NAME.tsr`). The digits make the order of names
 * that of sizes. Stock tools read both.
 */
export const anchorFolder = 'anchors';

export const anchorName = /^[a-z0-9][a-z0-9-]{0,31}$/u;

export type AnchorKind = 'timestamp' | 'rekor';
const endings = { timestamp: 'tsr', rekor: 'rekor.json' } as const;

const digits = (size: number) => String(size).padStart(16, '0');

export function anchoredHead(size: number): string {
  return `${anchorFolder}/${digits(size)}.checkpoint`;
}

export function anchorFile(size: number, name: string, kind: AnchorKind): string {
  return `${anchorFolder}/${digits(size)}.${name}.${endings[kind]}`;
}

export type AnchorFile =
  | { readonly kind: 'head'; readonly size: number }
  | { readonly kind: AnchorKind; readonly size: number; readonly name: string };

/** Of the name of a file, with or without the folder before it; undefined for any other one. */
export function anchorFileOf(path: string): AnchorFile | undefined {
  const form = /(?:^|\/)(\d{16})\.(?:(checkpoint)|([a-z0-9-]{1,32})\.(tsr|rekor\.json))$/u;
  const [, size = '', head, name, ending] = form.exec(path) ?? [];
  if (size === '' || !Number.isSafeInteger(Number(size))) return undefined;
  if (head !== undefined) return { kind: 'head', size: Number(size) };
  if (name === undefined) return undefined;
  return { kind: ending === 'tsr' ? 'timestamp' : 'rekor', size: Number(size), name };
}
