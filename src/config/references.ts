import type { DocumentKind, DocumentReference } from '#contracts/document-kind.ts';
import type { NamedEntry } from '#contracts/section.ts';
import { type Target, targetText } from '#kernel/target.ts';
import { nearest, visibleText } from '#kernel/text/index.ts';

/** `kind/name` of every document that may be referred to, with what it says may be named of it. */
export type Declared = Map<string, readonly Target[]>;

export function declare(declared: Declared, kind: DocumentKind, entry: NamedEntry): void {
  const targets = kind.targets?.(entry) ?? [];
  declared.set(
    `${kind.kind}/${entry.name}`,
    targets.map(({ target }) => target),
  );
}

interface Stray {
  readonly message: string;
  readonly suggestedAction: string;
}

/** Why a reference leads to nothing; undefined when it leads to something, or may do so later. */
export function strayReference(
  { kind, name, target }: DocumentReference,
  names: ReadonlySet<string>,
  declared: Declared,
): Stray | undefined {
  const key = `${kind}/${name}`;
  if (!names.has(key)) {
    const message = `no ${kind} is called \`${name}\``;
    const meant = nearest(name, namesOf(kind, names));
    return {
      message,
      suggestedAction:
        meant === undefined
          ? 'add it, or correct the name'
          : `did you mean \`${meant}\`? else add it`,
    };
  }
  const listed = (declared.get(key) ?? []).filter((one) => one.kind === target?.kind);
  // Who lists none, or says that all may be named, knows them only when they are asked for.
  if (target?.name === undefined || listed.length === 0) return undefined;
  const known = listed.flatMap((one) => (one.name === undefined ? [] : [one.name]));
  if (known.length < listed.length || known.includes(target.name)) return undefined;
  const meant = nearest(target.name, known);
  return {
    message: `${kind} \`${name}\` has no ${target.kind} \`${visibleText(target.name, { maxLength: 200 })}\``,
    suggestedAction:
      meant === undefined
        ? `add it there, or name one that it has: ${known.slice(0, 10).join(', ')}`
        : `did you mean \`${targetText({ ...target, name: meant })}\`?`,
  };
}

function namesOf(kind: string, names: ReadonlySet<string>): readonly string[] {
  const start = `${kind}/`;
  return [...names].flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []));
}
