import { isJsonObject } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { joinedWords } from './joined-words.ts';
import { spokenTo } from './spoken-to.ts';

/**
 * What in a result looks as if it spoke to an agent and not to a person. INVARIANT: a signal, never a gate: nothing is
 * refused, raised or freed by it. Whoever writes to agents words it otherwise; whoever writes about them is found as well.
 */
export const signalKinds = [
  'invisible', // characters that nobody sees: tags, bidi overrides, zero widths inside words, long runs of selectors
  'hidden-html', // comments, and elements that are not shown
  'role-marker', // what separates the speakers of a conversation
  'tool-name', // the name of another tool of this company
  'spoken-to', // sentences that read as if they told an agent what to do; looked for where a document says so
] as const;

export type SignalKind = (typeof signalKinds)[number];

export interface Signals {
  /** How often, up to 99 of each. */
  readonly found: Readonly<Partial<Record<SignalKind, number>>>;
  readonly severity: 'low' | 'medium' | 'high';
  /** There was more text than is looked into. */
  readonly cut: boolean;
}

/** Characters of one result, and nodes of it. */
const mostChars = 65_536;
const mostNodes = 5_000;
const mostTokens = 4_000;
const mostOfEach = 99;

// One class or one fixed beginning each, and bounded repetitions: linear.
const invisible =
  /[\u{E0001}\u{E0020}-\u{E007F}\u202A-\u202E\u2066-\u2069\u2060-\u2064]|[\p{L}\p{N}](?:\u200B|\u200C|\u200D|\uFEFF)(?=[A-Za-z0-9])|[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{3,}/gu;
/** A comment, or the beginning of an element that is not shown, with its name; a `>` in quotes ends no beginning. */
export const hiddenBeginning =
  /<!--|<([a-z][a-z0-9-]{0,31})(?:[^<>]|(?<==\s?(?:"[^"<]{0,60}|'[^'<]{0,60}))>){0,300}?(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?![.\d])|opacity\s{0,3}:\s{0,3}0(?![.\d])|\shidden[\s>=])/gi;
export const roleMarkers =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant|INFORMATION|IMPORTANT)>|^#{2,4}\s?(?:system|assistant|instruction)s?\b|\n\n(?:Human|Assistant|System):/gim;
const beyondAscii = /[^\0-\x7F]/;
/** Each form of `roleMarkers` has one of these in it. */
const roleBeginnings = ['<', '[', '##', '\n\n'] as const;

/** `isTool`: whether a word is the name of a tool that an agent could call, another one than this. */
export function signalsIn(
  result: Json,
  isTool: (word: string) => boolean,
  isScored = false,
): Signals | undefined {
  const { text, cut } = textOf(result);
  const found: Partial<Record<SignalKind, number>> = {};
  const note = (kind: SignalKind, times: number): void => {
    if (times > 0) found[kind] = times;
  };
  // Most results have none of what a pattern begins with, and are not searched by it: every call passes here.
  if (beyondAscii.test(text)) note('invisible', timesIn(text, invisible));
  if (text.includes('<')) note('hidden-html', timesIn(text, hiddenBeginning));
  if (roleBeginnings.some((one) => text.includes(one))) {
    note('role-marker', timesIn(text, roleMarkers));
  }
  note('tool-name', toolsNamed(text, isTool));
  if (isScored) note('spoken-to', Math.min(spokenTo(text).times, mostOfEach));
  // What was not looked through is said to be so: padding hides nothing without a word.
  if (Object.keys(found).length === 0 && !cut) return undefined;
  return { found, severity: severityOf(found), cut };
}

function severityOf(found: Signals['found']): Signals['severity'] {
  const kinds = Object.keys(found).length;
  if (kinds > 1) return 'high';
  return kinds === 0 || found['tool-name'] !== undefined ? 'low' : 'medium';
}

function timesIn(text: string, pattern: RegExp): number {
  let times = 0;
  for (const _ of text.matchAll(pattern)) {
    times += 1;
    if (times === mostOfEach) break;
  }
  return times;
}

/** Only words that are written as names are: `send_mail`, `mail.send`, `sendMail`; each counts once. */
function toolsNamed(text: string, isTool: (word: string) => boolean): number {
  const named = new Set<string>();
  let tokens = 0;
  joinedWords(text, (word) => {
    const bare = word.replace(/[.-]+$/, '');
    if (isTool(bare)) named.add(bare);
    tokens += 1;
    return tokens < mostTokens && named.size < mostOfEach;
  });
  return named.size;
}

/** All texts of a result, names of members too, one behind the other. */
function textOf(result: Json): { readonly text: string; readonly cut: boolean } {
  const parts: string[] = [];
  const open: Json[] = [result];
  let [room, nodes] = [mostChars, mostNodes];
  while (open.length > 0 && nodes > 0 && room > 0) {
    const value = open.pop() ?? null;
    nodes -= 1;
    if (typeof value === 'string') {
      parts.push(value.slice(0, room));
      room -= value.length;
    } else {
      for (const inside of insideOf(value)) open.push(inside);
    }
  }
  return { text: parts.join('\n'), cut: open.length > 0 || room < 0 };
}

/** The last first, as a stack wants it; of very many so many as are looked at, and one more. */
function insideOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return (value as readonly Json[]).slice(0, mostNodes + 1).toReversed();
  if (!isJsonObject(value)) return [];
  const members: Json[] = [];
  for (const name in value) {
    if (members.length > mostNodes) break;
    members.push(value[name] ?? null, name);
  }
  return members.toReversed();
}
