import { type ManifestTarget, parseListed } from '#kernel/manifest.ts';

/** A line of a manifest as a document writes it, without bounds. */
export function listed(text: string): ManifestTarget {
  const line = parseListed(text);
  if (line === undefined || line === 'wildcard') throw new Error(`no target: ${text}`);
  return { ...line, bounds: {} };
}
