import type { NamedTarget } from '#contracts/policy-engine.ts';
import { targetText } from '#kernel/target.ts';
import { nearest } from '#kernel/text/index.ts';
import { inputShape } from './input-shape.ts';
import { nameOf, targetNamed } from './names.ts';
import type { TypedTarget, Vocabulary } from './question.ts';
import { readsBelow } from './reads.ts';
import { callAction } from './schema.ts';
import type { Rule } from './source.ts';

/** Only what a rule names gets a typed input: ten thousand others cost nothing. */
export function vocabularyOf(
  rules: readonly Rule[],
  targets: readonly NamedTarget[],
): {
  readonly vocabulary: Vocabulary;
  readonly ambiguous: string | undefined;
  readonly misnamed: ReadonlyMap<string, string>;
} {
  const named = new Set(rules.flatMap((rule) => [...rule.actions]));
  named.delete(callAction);
  const typed = new Map<string, TypedTarget>();
  const owners = new Map<string, NamedTarget>();
  let ambiguous: string | undefined;
  for (const one of targets) {
    const name = nameOf(one.target);
    if (one.target.name === undefined) owners.set(targetText(one.target), one);
    if (name === undefined || !named.has(name)) continue;
    if (typed.has(name)) ambiguous = name;
    typed.set(name, typedBy(rules, name, one));
  }
  const dormant = new Set<string>();
  for (const name of named) {
    const target = targetNamed(name);
    // What no call can be about stays unknown, and validation says so.
    if (target === undefined || typed.has(name)) continue;
    const owner = owners.get(targetText({ ...target, name: undefined }));
    if (owner === undefined) dormant.add(name);
    else typed.set(name, typedBy(rules, name, owner));
  }
  return { vocabulary: { typed, dormant }, ambiguous, misnamed: misnamedOf(dormant, targets) };
}

/** Names of what an owner that lists all that it has does not have, with what to say of them. */
function misnamedOf(
  dormant: ReadonlySet<string>,
  targets: readonly NamedTarget[],
): ReadonlyMap<string, string> {
  const misnamed = new Map<string, string>();
  for (const name of dormant) {
    const target = targetNamed(name);
    const listed = targets
      .filter(({ isOneOfAll, target: one }) => {
        return isOneOfAll === true && one.kind === target?.kind && one.owner === target.owner;
      })
      .flatMap(({ target: one }) => nameOf(one) ?? []);
    if (target === undefined || listed.length === 0) continue;
    const meant = nearest(name, listed);
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
    misnamed.set(name, `\`${target.owner}\` has no \`${name}\`${hint}`);
  }
  return misnamed;
}

function typedBy(
  rules: readonly Rule[],
  name: string,
  { input, digest }: NamedTarget,
): TypedTarget {
  const about = rules.filter(({ scope }) => scope === undefined || scope.has(name));
  const paths = about.flatMap((rule) => rule.paths);
  const reads = readsBelow(paths, 'context', 'input');
  return { input: input === undefined ? undefined : inputShape(input), reads, digest };
}
