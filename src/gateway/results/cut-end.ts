import type { CutOff } from '#contracts/tool-server.ts';
import { canonicalText, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

type Path = CutOff['path'];

/**
 * A result that was cut off, without its very end: a secret that was cut in two is recognised by
 * nobody. INVARIANT: of what was open where it ends, so much is not told as a lane holds back of a
 * stream; a part that was not whole goes, but for the beginning of a text.
 */
export function withoutCutEnd(result: JsonObject, path: Path): JsonObject {
  const [member, ...inside] = path;
  if (typeof member !== 'string') return result;
  const { [member]: value = null, ...rest } = result;
  const kept = memberOf(member, value, inside);
  return kept === none ? rest : { ...rest, [member]: kept };
}

function memberOf(member: string, value: Json, path: Path): Kept {
  if (member === 'structuredContent') return trimmed(value, path);
  if (member !== 'content' || !Array.isArray(value)) return none;
  return blocksOf(value as readonly Json[], path);
}

/** Each block stands for itself: only the one that was cut is not told as it is. */
function blocksOf(blocks: readonly Json[], path: Path): Json {
  const [index] = path;
  if (typeof index !== 'number') return blocks;
  const begun = textBlock(blocks[index] ?? null, path);
  const whole = blocks.slice(0, index);
  return begun === none ? whole : [...whole, begun];
}

const none = Symbol('nothing of it');
type Kept = Json | typeof none;

/** Along the way to where it ends: a list loses its last items, a text its last letters. */
function trimmed(value: Json, path: Path): Kept {
  if (typeof value === 'string') return shorter(value);
  if (Array.isArray(value)) return fewer(value as readonly Json[], path);
  const [key] = path;
  if (!isJsonObject(value) || typeof key !== 'string') return value;
  const { [key]: open = null, ...rest } = value;
  const kept = trimmed(open, path.slice(1));
  return kept === none ? rest : { ...rest, [key]: kept };
}

function shorter(text: string): Kept {
  const end = text.length - limits.laneHeldBytes;
  return end <= 0 ? none : text.slice(0, isLow(text, end) ? end - 1 : end);
}

/** The second half of a pair, which is not told without the first. */
function isLow(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

function fewer(items: readonly Json[], path: Path): Json {
  const [index] = path;
  const whole = typeof index === 'number' ? items.slice(0, index) : [...items];
  const last = typeof index === 'number' ? items[index] : undefined;
  let held = limits.laneHeldBytes - (last === undefined ? 0 : canonicalText(last).length);
  while (held > 0) {
    const item = whole.pop();
    if (item === undefined) break;
    held -= canonicalText(item).length;
  }
  return whole;
}

/** A block of text is still one when it says less; what it is may have been about to be said behind it. */
function textBlock(item: Json, [, member]: Path): Kept {
  if (!isJsonObject(item) || member !== 'text') return none;
  const { text, type = 'text' } = item;
  if (type !== 'text') return none;
  const kept = typeof text === 'string' ? shorter(text) : none;
  return kept === none ? none : { ...item, type, text: kept };
}
