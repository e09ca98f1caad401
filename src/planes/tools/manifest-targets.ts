import { z } from 'zod';
import type { DocumentProblem, DocumentReference } from '#contracts/document-kind.ts';
import { type ManifestTarget, parseListed } from '#kernel/manifest.ts';
import { isPlainFolder, isPlainPrefix } from '#kernel/prefix.ts';
import { ownerDocuments, type Target, type TargetKind } from '#kernel/target.ts';
import { visibleText } from '#kernel/text/index.ts';
import { argumentBounds, boundsOf } from './manifest-bounds.ts';

const text = z.string().max(4_096);

/** `targets` of a document: a text, or one with bounds. */
export const targetsSpec = z
  .array(
    z.preprocess(
      (one) => (typeof one === 'string' ? { target: one } : one),
      z.strictObject({ target: text, arguments: argumentBounds }),
    ),
  )
  .max(10_000)
  .default([]);

export interface ReadTargets {
  readonly targets: readonly ManifestTarget[];
  readonly references: readonly DocumentReference[];
}

/** Reads `targets` of a manifest; what would list more than it seems to is a problem. */
export function targetsOf(
  given: z.infer<typeof targetsSpec>,
  problems: DocumentProblem[],
): ReadTargets {
  const known = new Set<string>();
  const targets: ManifestTarget[] = [];
  const references: DocumentReference[] = [];
  for (const [at, one] of given.entries()) {
    const path = ['spec', 'targets', at];
    const { target: written, arguments: bounded } = one;
    const read = known.has(written) ? twice(written) : readOne(written);
    known.add(written);
    if ('message' in read) {
      problems.push({ path, ...read });
      continue;
    }
    const listed = { ...read.listed, bounds: boundsOf(bounded) };
    const stray = withoutArguments(listed);
    if (stray !== undefined) problems.push({ path, ...stray });
    targets.push(listed);
    const { target, prefix } = listed;
    const to = { kind: read.owner, name: target.owner, path };
    references.push(prefix ? to : { ...to, target });
  }
  return { targets, references };
}

type Problem = Omit<DocumentProblem, 'path'>;

interface Read {
  readonly listed: Pick<ManifestTarget, 'target' | 'prefix'>;
  readonly owner: string;
}

function twice(written: string): Problem {
  return {
    message: `\`${visibleText(written, { maxLength: 200 })}\` is listed twice`,
    suggestedAction: 'list each target once, with all its bounds',
  };
}

const how =
  'write `resource:SERVER/URI`, `resource:SERVER/URI/*`, `prompt:SERVER/NAME` or `model:PROVIDER/MODEL`';

function readOne(written: string): Read | Problem {
  const listed = parseListed(written);
  if (listed === 'wildcard') {
    return { message: wildcards, suggestedAction: how };
  }
  if (listed === undefined) {
    return { message: 'this is not the name of a target', suggestedAction: how };
  }
  const { kind } = listed.target;
  if (kind === 'tool') {
    return { message: 'a tool stands in `tools`', suggestedAction: 'move it there' };
  }
  const owner = ownerDocuments[kind];
  if (owner === undefined) {
    const message = `nothing can be called of kind \`${kind}\` yet: no document says who answers for it`;
    return { message, suggestedAction: 'remove it' };
  }
  const message = listed.prefix ? prefixProblem(listed.target) : nameProblem(listed.target);
  return message === undefined ? { listed, owner } : { message, suggestedAction: how };
}

const wildcards =
  'a manifest names every target; `*` stands only behind the last slash of a resource, for what is below it';

function nameProblem({ kind, name }: Target): string | undefined {
  return name === undefined ? `this names a whole owner; name each \`${kind}\` of it` : undefined;
}

const scheme = /^[a-z][a-z0-9+.-]*:./i;
const insideHost = /^[a-z][a-z0-9+.-]*:\/\/[^/]*$/i;

function prefixProblem({ kind, name = '' }: Target): string | undefined {
  if (kind !== 'resource') return `a \`${kind}\` is named whole; there are no wildcards`;
  if (!scheme.test(name)) {
    return 'a prefix of URIs says at least what they begin with, scheme first';
  }
  if (insideHost.test(name)) {
    return 'a prefix that ends inside a host name lets other hosts through; end it with `/`';
  }
  if (!isPlainPrefix(name)) {
    return 'this prefix climbs out of itself or hides a step; write the folder that it means';
  }
  return isPlainFolder(name)
    ? undefined
    : 'this prefix would grant nothing, because it is not in the plain form of a URI: scheme and host in small letters, no `?` or `#`, escapes in capitals and only where they must be';
}

/** Kinds of which somebody judges the arguments against the bounds of a manifest. */
const withArguments: ReadonlySet<TargetKind> = new Set(['tool', 'prompt']);

/** INVARIANT: a bound that nothing would judge is a problem, never a comment. */
function withoutArguments({ target, bounds }: ManifestTarget): Problem | undefined {
  if (Object.keys(bounds).length === 0 || withArguments.has(target.kind)) return undefined;
  return {
    message: `nothing judges arguments of a \`${target.kind}\`, so a bound would bind nothing`,
    suggestedAction: 'remove `arguments`',
  };
}
