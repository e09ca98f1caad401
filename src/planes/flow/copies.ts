import { canonicalText } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { flowBounds } from './bounds.ts';
import { contentOf } from './leaves.ts';

/**
 * Servers say their data once more, as text for whoever reads no structure. INVARIANT: the data are written out twice
 * at most, and few texts are read: one that is not known to be a copy is learned like any other.
 */
export function copiesOf(data: Json): (text: unknown) => boolean {
  let plain: string | undefined;
  let own: string | undefined;
  let left: number = flowBounds.copies;
  return (text) => {
    if (typeof text !== 'string' || left === 0 || !/^\s{0,64}[{[]/.test(text)) return false;
    plain ??= JSON.stringify(data);
    if (text === plain) return true;
    // With blanks and escapes a copy is longer, never many times so; only numbers are written shorter.
    if (text.length < plain.length / 2 || text.length > plain.length * 8 + 64) return false;
    left -= 1;
    own ??= canonicalText(data);
    return canonicalText(contentOf({ content: [{ type: 'text', text }] }).data) === own;
  };
}
