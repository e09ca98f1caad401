import type { SinkKind, ToolFlow } from '#kernel/tool.ts';
import { kindOf } from './calls.ts';
import type { Leaf } from './leaves.ts';
import { singular } from './roles.ts';
import { wordsIn } from './text-forms.ts';

/** One argument by which a source was chosen. */
export interface Selector {
  readonly text: string;
  /** `ticket` of `ticket_id`. */
  readonly nouns: readonly string[];
  /** Its document says that it names a thing. */
  readonly isDeclared: boolean;
}

const naming: ReadonlySet<SinkKind> = new Set(['objectId', 'path', 'url', 'recipient', 'account']);

/**
 * What of the arguments chose the source: what the document says, and where it says nothing whatever looks like the name of one thing.
 * INVARIANT: a plain word chooses nothing; a user says very many, and an agent may ask with any of them.
 */
export function selectorsOf(
  leaves: readonly Leaf[],
  flow: ToolFlow | undefined,
): readonly Selector[] {
  const all = allSelectors(leaves, flow);
  const declared = all.filter(({ isDeclared }) => isDeclared);
  if (declared.length > 0) return declared;
  return all.filter(({ text, nouns }) => isName(text) || isTitle(text, nouns.at(-1) ?? ''));
}

/** All that it was asked with. */
export function allSelectors(
  leaves: readonly Leaf[],
  flow: ToolFlow | undefined,
): readonly Selector[] {
  return leaves.map(({ path, value }) => ({
    text: String(value),
    nouns: nounsOf(path),
    isDeclared: flow !== undefined && naming.has(kindOf(flow.sinks, path)),
  }));
}

/** Arguments that are called so say which thing is meant; others (`query`, `text`) say what it is to be about. */
const titles = new Set(
  `id name title file filename path page channel document doc folder thread ticket issue project board calendar album sheet repo key
  slug number note subject`.split(/\s+/),
);

/** Of several words: one alone is in very many sentences. */
function isTitle(text: string, noun: string): boolean {
  return titles.has(noun) && text.length <= 256 && /\p{L}\s+\p{L}/u.test(text);
}

/** A file, a number, an address, a key: not what stands in a sentence by itself. */
function isName(text: string): boolean {
  return text.length <= 2_048 && (/\p{N}/u.test(text) || /[^\s][./\\_@:][^\s]/u.test(text));
}

export function nounsOf(name: string): readonly string[] {
  return [
    ...wordsIn(
      name
        .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
        .replaceAll('_', ' ')
        .toLowerCase(),
    ),
  ];
}

/** Words for what a thing of a result is: `ticket` of `desk/ticket` and of `tickets[].id`. */
export function nounsOfPlace(target: string, path: string): readonly string[] {
  return [...nounsOf(target.slice(target.indexOf('/') + 1)), ...nounsOf(path)].map(singular);
}
