import type { PolicyEntry } from '#kernel/snapshot.ts';
import { gateRules } from './builtin.ts';

/** Where a rule stands, for people. */
export interface RulePlace {
  readonly id: string;
  /** The Policy document; undefined for what the gate applies by itself, and for what stands in none of them. */
  readonly policy: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly effect: 'permit' | 'forbid' | undefined;
  /** The class of yes that it asks for. */
  readonly asks: string | undefined;
  readonly description: string | undefined;
  /** It stands in no document: the gate adds it to every policy. */
  readonly ofGate: boolean;
}

const ofGate: ReadonlySet<string> = new Set(Object.values(gateRules));

/** By ids, in texts that the engine has judged: each of them has one id, and no two the same. */
export function placeRules(
  ids: readonly string[],
  policies: readonly PolicyEntry[],
): readonly RulePlace[] {
  const known = new Map<string, RulePlace>();
  for (const policy of policies) {
    for (const place of rulesOf(policy)) known.set(place.id, place);
  }
  return ids.map((id) => known.get(id) ?? { ...nowhere, id, ofGate: ofGate.has(id) });
}

const nowhere = {
  policy: undefined,
  line: undefined,
  column: undefined,
  effect: undefined,
  asks: undefined,
  description: undefined,
};

function rulesOf(policy: PolicyEntry): readonly RulePlace[] {
  return rulesIn(policy).map(({ place }) => place);
}

/** A rule with the actions that it names one by one: of `Action::"call"`, which is all of them, none. */
export interface PlacedRule {
  readonly place: RulePlace;
  readonly actions: readonly string[];
}

const namedAction = /\bAction\s*::\s*"([^"\\/]+\/[^"\\]+)"/g;

export function rulesIn({ name, cedar }: PolicyEntry): readonly PlacedRule[] {
  return statements(cedar).flatMap(({ start, text }) => {
    const id = annotation(text, 'id');
    if (id === undefined) return [];
    const before = cedar.slice(0, start).split('\n');
    const body = text.replace(annotations, '');
    const place = {
      id,
      policy: name,
      line: before.length,
      column: (before.at(-1) ?? '').length + 1,
      effect: /^forbid\b/.test(body) ? 'forbid' : 'permit',
      asks: annotation(text, 'approval'),
      description: annotation(text, 'description'),
      ofGate: false,
    } as const;
    return { place, actions: [...body.matchAll(namedAction)].map(([, one]) => one ?? '') };
  });
}

const annotations = /^(?:@\s*\w+\s*(?:\(\s*"(?:\\[^]|[^"\\])*"\s*\))?\s*)*/;

function annotation(rule: string, name: string): string | undefined {
  const head = annotations.exec(rule)?.[0] ?? '';
  for (const [, key, value] of head.matchAll(/@\s*(\w+)\s*\(\s*"((?:\\[^]|[^"\\])*)"\s*\)/g)) {
    if (key === name) return value;
  }
  return undefined;
}

/** Each with where it begins; comments are blanked, so that places stay. */
function statements(cedar: string): readonly { readonly start: number; readonly text: string }[] {
  const found: { start: number; text: string }[] = [];
  let start: number | undefined;
  let text = '';
  for (const { 0: part, index } of cedar.matchAll(/"(?:\\[^]|[^"\\])*"|\/\/[^\n\r]*|\s+|;|[^]/g)) {
    if (part === ';') {
      if (start !== undefined) found.push({ start, text });
      [start, text] = [undefined, ''];
      continue;
    }
    const isBlank = part.startsWith('//') || /^\s/.test(part);
    if (!isBlank) start ??= index;
    if (start !== undefined) text += isBlank ? ' ' : part;
  }
  return found;
}
