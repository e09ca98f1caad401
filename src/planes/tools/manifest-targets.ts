import type { DocumentProblem } from '#contracts/document-kind.ts';
import type { TargetKind } from '#kernel/target.ts';
import { parseTargetGrant, type TargetGrant } from '#kernel/target-grant.ts';
import { visibleText } from '#kernel/text/index.ts';

/** The kind of document that a granted target belongs to. Tools have their own list, with bounds. */
const ownerKinds: Readonly<Partial<Record<TargetKind, string>>> = {
  resource: 'ToolServer',
  prompt: 'ToolServer',
  model: 'Model',
};

export interface ReadTargets {
  readonly targets: readonly TargetGrant[];
  readonly references: readonly {
    readonly kind: string;
    readonly name: string;
    readonly path: readonly (string | number)[];
  }[];
}

/** Reads `targets` of a manifest; what would grant more than it seems to is a problem. */
export function targetsOf(given: readonly string[], problems: DocumentProblem[]): ReadTargets {
  const known = new Set<string>();
  const read = given.flatMap((text, at) => {
    const path = ['spec', 'targets', at];
    const grant = parseTargetGrant(text);
    const owner = grant === undefined ? undefined : ownerKinds[grant.target.kind];
    const message = known.has(text) ? twice(text) : problemOf(grant, owner);
    known.add(text);
    if (message !== undefined) problems.push({ path, message, suggestedAction: action });
    if (grant === undefined || owner === undefined) return [];
    return [{ grant, reference: { kind: owner, name: grant.target.owner, path } }];
  });
  return {
    targets: read.map(({ grant }) => grant),
    references: read.map(({ reference }) => reference),
  };
}

const action =
  'write `resource:SERVER/URI`, `resource:SERVER/URI-PREFIX*`, `prompt:SERVER/NAME` or `model:NAME/MODEL`';

function twice(text: string): string {
  return `\`${visibleText(text, { maxLength: 200 })}\` is listed twice`;
}

function problemOf(grant: TargetGrant | undefined, owner: string | undefined): string | undefined {
  if (grant === undefined) return 'this is not the name of a target';
  if (owner === undefined) return `a manifest cannot grant a \`${grant.target.kind}\` here`;
  return grant.prefix ? prefixProblem(grant.target) : undefined;
}

const scheme = /^[a-z][a-z0-9+.-]*:./i;
const insideHost = /^[a-z][a-z0-9+.-]*:\/\/[^/]*$/i;

function prefixProblem({ kind, name }: TargetGrant['target']): string | undefined {
  if (kind !== 'resource') return `a \`${kind}\` is named whole; there are no wildcards`;
  if (!scheme.test(name))
    return 'a prefix of URIs says at least what they begin with, scheme first';
  if (!insideHost.test(name)) return undefined;
  return 'a prefix that ends inside a host name lets other hosts through; end it with `/`';
}
