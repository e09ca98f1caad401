import { z } from 'zod';
import {
  type DocumentKind,
  type DocumentProblem,
  type DocumentReference,
  documentProblems,
} from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import { sensitivitySpec } from '#contracts/target-spec.ts';
import { limits } from '#kernel/limits.ts';
import { exactly, type ManifestTarget } from '#kernel/manifest.ts';
import type { ManifestEntry, PinnedTool } from '#kernel/snapshot.ts';
import { ownerDocuments } from '#kernel/target.ts';
import { nearest, visibleText } from '#kernel/text/index.ts';
import { parseToolId, toolIdText, toolOf, toolTarget } from '#kernel/tool.ts';
import { lookAlikeKey, wireName } from '#contracts/wire-name.ts';
import { dataOf, dataSpec } from './data-scope-spec.ts';
import { mostPaths, pathSpec } from './argument-path.ts';
import { argumentBounds, boundsOf } from './manifest-bounds.ts';
import { targetsOf, targetsSpec } from './manifest-targets.ts';
import { compileSchema, type SchemaMembers } from './schema/index.ts';
import { manifestRisk } from './manifest-risk.ts';

/** What is listed, whoever it is listed for. */
export const listedSpec = z.strictObject({
  tools: z
    .array(
      z.strictObject({
        tool: z.string(),
        arguments: argumentBounds,
        fields: z.array(pathSpec).min(1).max(mostPaths).optional(),
        surplus: z.enum(['drop', 'refuse']).optional(),
      }),
    )
    .max(10_000)
    .default([]),
  targets: targetsSpec,
  sensitivity: sensitivitySpec,
});

export const listsSomething = [
  ({ tools, targets }: z.infer<typeof listedSpec>) => tools.length + targets.length > 0,
  'give `tools`, `targets` or both',
] as const;

const manifestSpec = listedSpec.extend({ data: dataSpec }).refine(...listsSomething);

type ListedSpec = z.infer<typeof listedSpec>;

/**
 * Exactly what an agent may use, with which arguments. INVARIANT: by exact names; only resources may be
 * listed as everything below a folder.
 */
export const manifestKind: DocumentKind<ManifestEntry> = {
  kind: 'Manifest',
  section: section<ManifestEntry>('manifests'),
  schema: manifestSpec,
  risk: manifestRisk,
  parse(name, given) {
    const parsed = manifestSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Manifest', given, parsed.error.issues, manifestSpec);
      return { kind: 'problems', problems };
    }
    const read = readListed(name, parsed.data);
    const { data } = parsed.data;
    if (read.kind === 'problems' || data === undefined) return read;
    return { ...read, entry: { ...read.entry, data: dataOf(data) } };
  },
  against: strayBounds,
};

type Parsed<Entry extends ManifestEntry> = ReturnType<DocumentKind<Entry>['parse']>;

export function readListed(name: string, spec: ListedSpec): Parsed<ManifestEntry> {
  const problems: DocumentProblem[] = [];
  const tools = toolsOf(spec, problems);
  const beside = targetsOf(spec.targets, problems);
  if (problems.length > 0) return { kind: 'problems', problems };
  return {
    kind: 'parsed',
    entry: { name, targets: [...tools, ...beside.targets], sensitivity: spec.sensitivity },
    references: [...tools.map(toolReference), ...beside.references],
  };
}

type Pinned = (server: string, tool: string) => PinnedTool | undefined;

export function strayBounds(entry: ManifestEntry, pinned: Pinned): readonly DocumentProblem[] {
  // Tools stand in a list of their own, and first here, so that each is where it was written.
  return entry.targets.flatMap(({ target, bounds }, at) => {
    const id = toolOf(target);
    const bounded = Object.keys(bounds);
    if (id === undefined || bounded.length === 0) return [];
    const members = membersOf(pinned(id.server, id.tool));
    if (members === undefined) return [];
    return bounded
      .filter((argument) => !members.mayHave(argument))
      .map((argument) => strayBound(toolIdText(id), at, argument, members.list));
  });
}

function toolReference({ target }: ManifestTarget, at: number): DocumentReference {
  const path = ['spec', 'tools', at, 'tool'];
  return { kind: ownerDocuments.tool, name: target.owner, path };
}

/** Undefined while nothing is approved, or nothing that can be checked: such a tool is refused anyway. */
function membersOf(pinned: PinnedTool | undefined): SchemaMembers | undefined {
  const schema = pinned?.definition['inputSchema'];
  if (schema === undefined) return undefined;
  const compiled = compileSchema(schema, { unnamed: 'refuse' });
  return compiled.kind === 'compiled' ? compiled.members : undefined;
}

function strayBound(
  tool: string,
  at: number,
  argument: string,
  names: readonly string[],
): DocumentProblem {
  const meant = nearest(argument, names);
  const given = visibleText(argument, { maxLength: 100 });
  return {
    path: ['spec', 'tools', at, 'arguments', argument],
    message: `\`${tool}\` has no argument \`${given}\`, so its bound would bind nothing`,
    suggestedAction:
      meant === undefined
        ? 'correct its name, or remove the bound'
        : `did you mean \`${visibleText(meant, { maxLength: 100 })}\`?`,
  };
}

function toolsOf(spec: ListedSpec, problems: DocumentProblem[]): ManifestTarget[] {
  const known = new Set<string>();
  const alike = new Map<string, string>();
  return spec.tools.flatMap((given, at) => {
    const path = ['spec', 'tools', at, 'tool'];
    const id = parseToolId(given.tool);
    if (id === undefined || given.tool.length > limits.toolNameBytes) {
      problems.push({ path, message: nameProblem(given.tool), suggestedAction: nameAction });
      return [];
    }
    const text = toolIdText(id);
    if (known.has(text)) {
      const message = `\`${text}\` is listed twice`;
      problems.push({ path, message, suggestedAction: 'list each tool once, with all its bounds' });
    }
    const key = lookAlikeKey(wireName(id));
    const other = alike.get(key);
    if (other !== undefined && other !== text) {
      const message = `\`${text}\` and \`${other}\` have names that look alike to a model`;
      problems.push({ path, message, suggestedAction: 'list only one of them' });
    }
    alike.set(key, text);
    known.add(text);
    if (given.surplus !== undefined && given.fields === undefined) {
      const message = '`surplus` says what becomes of what `fields` does not name';
      problems.push({ path, message, suggestedAction: 'name `fields`, or leave out `surplus`' });
    }
    return [{ ...exactly(toolTarget(id)), bounds: boundsOf(given.arguments), ...fieldsOf(given) }];
  });
}

function fieldsOf({
  fields,
  surplus,
}: ListedSpec['tools'][number]): Pick<ManifestTarget, 'fields'> {
  if (fields === undefined) return {};
  return { fields: [{ paths: fields, ...(surplus === 'refuse' ? { refuse: true } : {}) }] };
}

const nameAction = 'write `server/tool`, such as `billing/create_refund`';

function nameProblem(text: string): string {
  return /[*?]/.test(text)
    ? 'a manifest names every tool; there are no wildcards'
    : 'this is not the name of a tool';
}
