import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { toolIdText, type ToolId } from '#kernel/tool.ts';

/** Stands between server and name. No name of a server has an underscore, so the first one parts them. */
const mark = '__';
const digestLetters = 8;

/**
 * What a model is shown as the name of a tool or a prompt: `server__tool`, of letters, digits, `_` and
 * `-`, 64 at most, which is what every model takes. Other characters are replaced. What is too long is
 * cut, with a digest of the whole in place of the rest: the same for ever, whatever else there is.
 */
export function wireName(id: ToolId): string {
  const whole = `${id.server}${mark}${id.tool.replace(/[^A-Za-z0-9_-]/g, '_')}`;
  const most = limits.wireNameLetters;
  if (whole.length <= most) return whole;
  const digest = sha256Hex(toolIdText(id)).slice(0, digestLetters);
  return `${whole.slice(0, most - digestLetters - 1)}_${digest}`;
}

function clashesIn<Item>(
  group: readonly Item[],
  givesWay: (item: Item) => boolean,
): readonly Item[] {
  if (group.length === 1) return [];
  const firm = group.filter((item) => !givesWay(item));
  return firm.length === 1 ? group.filter(givesWay) : group;
}

/** Two names with the same key look alike to whoever reads them: letters of two cases, `-` and `_`. */
export function lookAlikeKey(name: string): string {
  return name.toLowerCase().replace(/[-_]+/g, '_');
}

/**
 * What a name says by itself: `server__tool`, or `server.tool` as it was written before. The first
 * mark parts them. Whose tool a replaced or shortened name means, only the toolset of its reader says.
 */
export function parseWireName(name: string): ToolId | undefined {
  const at = name.search(/\.|__/);
  if (at <= 0) return undefined;
  const tool = name.slice(at + (name[at] === '.' ? 1 : mark.length));
  return tool === '' ? undefined : { server: name.slice(0, at), tool };
}

export interface WireNames<Item> {
  /** Undefined when nothing is called so. */
  find(name: string): Item | undefined;
  nameOf(item: Item): string | undefined;
  /** It has a name that is another's as well, or looks like it: neither can be told apart. */
  clashes(item: Item): boolean;
}

/**
 * Of everything that one reader may name. INVARIANT: the answer does not hang on an order. Where some give
 * way, no name of theirs takes another one's away: they alone cannot be told apart.
 */
export function wireNames<Item>(
  items: readonly Item[],
  idOf: (item: Item) => ToolId,
  givesWay: (item: Item) => boolean = () => false,
): WireNames<Item> {
  const byName = new Map<string, Item>();
  const names = new Map<Item, string>();
  const alike = new Map<string, Item[]>();
  for (const item of items) {
    const name = wireName(idOf(item));
    names.set(item, name);
    const known = byName.get(name);
    if (known === undefined || givesWay(known)) byName.set(name, item);
    const key = lookAlikeKey(name);
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [item]);
    else others.push(item);
  }
  const clashing = new Set([...alike.values()].flatMap((group) => clashesIn(group, givesWay)));
  return {
    find: (name) => byName.get(name),
    nameOf: (item) => names.get(item),
    clashes: (item) => clashing.has(item),
  };
}
