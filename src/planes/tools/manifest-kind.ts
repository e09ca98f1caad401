import { z } from 'zod';
import {
  type DocumentKind,
  type DocumentProblem,
  documentProblems,
} from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import type { Json } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { ManifestEntry, ManifestTool, PinnedTool } from '#kernel/snapshot.ts';
import { nearest, visibleText } from '#kernel/text/index.ts';
import { type ArgumentBound, toolIdText, wireToolName } from '#kernel/tool.ts';
import { compileSchema, type SchemaMembers } from './schema/index.ts';
import { targetsOf } from './manifest-targets.ts';
import { parseToolId } from './tool-name.ts';

const bound = z
  .strictObject({
    max: z.number().optional(),
    min: z.number().optional(),
    // Any JSON: the spec is one already, read by the strict reader.
    oneOf: z
      .array(z.custom<Json>((value) => value !== undefined))
      .min(1)
      .max(1_000)
      .optional(),
    prefix: z.string().min(1).max(1_024).optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'give at least one of max, min, oneOf, prefix')
  .refine(
    ({ min, max }) => min === undefined || max === undefined || min <= max,
    '`min` is above `max`, so no value would do',
  )
  .refine(
    ({ prefix }) => prefix === undefined || !/^[a-z][a-z0-9+.-]*:\/\/[^/]*$/i.test(prefix),
    'a prefix that ends inside a host name lets other hosts through; end it with `/`',
  );

const manifestSpec = z
  .strictObject({
    tools: z
      .array(
        z.strictObject({
          tool: z.string(),
          arguments: z.record(z.string().min(1).max(256), bound).default({}),
        }),
      )
      .max(10_000)
      .default([]),
    targets: z.array(z.string().max(4_096)).max(10_000).default([]),
    sensitivity: z.enum(['public', 'internal', 'sensitive']).default('internal'),
  })
  .refine(
    ({ tools, targets }) => tools.length + targets.length > 0,
    'give `tools`, `targets` or both',
  );

type ManifestSpec = z.infer<typeof manifestSpec>;

/**
 * Exactly which tools, with which arguments, and what else. INVARIANT: tools are named exactly, without
 * wildcards.
 */
export const manifestKind: DocumentKind<ManifestEntry> = {
  kind: 'Manifest',
  section: section<ManifestEntry>('manifests'),
  parse(name, given) {
    const parsed = manifestSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Manifest', given, parsed.error.issues);
      return { kind: 'problems', problems };
    }
    const problems: DocumentProblem[] = [];
    const tools = toolsOf(parsed.data, problems);
    const beside = targetsOf(parsed.data.targets, problems);
    if (problems.length > 0) return { kind: 'problems', problems };
    return {
      kind: 'parsed',
      entry: {
        name,
        tools,
        ...(beside.targets.length === 0 ? {} : { targets: beside.targets }),
        sensitivity: parsed.data.sensitivity,
      },
      references: [...tools.map(toolReference), ...beside.references],
    };
  },
  against: (entry, pinned) =>
    entry.tools.flatMap(({ server, tool, bounds }, at) => {
      const bounded = Object.keys(bounds);
      const members = bounded.length === 0 ? undefined : membersOf(pinned(server, tool));
      if (members === undefined) return [];
      return bounded
        .filter((argument) => !members.mayHave(argument))
        .map((argument) => strayBound(toolIdText({ server, tool }), at, argument, members.list));
    }),
};

function toolReference({ server }: ManifestTool, at: number) {
  return { kind: 'ToolServer', name: server, path: ['spec', 'tools', at, 'tool'] };
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

function toolsOf(spec: ManifestSpec, problems: DocumentProblem[]): ManifestTool[] {
  const known = new Set<string>();
  return spec.tools.flatMap((given, at) => {
    const path = ['spec', 'tools', at, 'tool'];
    const id = parseToolId(given.tool);
    if (id === undefined || wireToolName(id).length > limits.toolNameBytes) {
      problems.push({ path, message: nameProblem(given.tool), suggestedAction: nameAction });
      return [];
    }
    const text = toolIdText(id);
    if (known.has(text)) {
      const message = `\`${text}\` is listed twice`;
      problems.push({ path, message, suggestedAction: 'list each tool once, with all its bounds' });
    }
    known.add(text);
    const bounds = Object.entries(given.arguments).map(
      ([argument, one]) => [argument, boundsOf(one)] as const,
    );
    return [{ ...id, bounds: Object.fromEntries(bounds) }];
  });
}

const nameAction = 'write `server/tool`, such as `billing/create_refund`';

function nameProblem(text: string): string {
  return /[*?]/.test(text)
    ? 'a manifest names every tool; there are no wildcards'
    : 'this is not the name of a tool';
}

function boundsOf(given: z.infer<typeof bound>): ArgumentBound[] {
  const bounds: ArgumentBound[] = [];
  if (given.min !== undefined) bounds.push({ kind: 'min', value: given.min });
  if (given.max !== undefined) bounds.push({ kind: 'max', value: given.max });
  if (given.oneOf !== undefined) {
    bounds.push({ kind: 'one-of', values: given.oneOf });
  }
  if (given.prefix !== undefined) bounds.push({ kind: 'prefix', value: given.prefix });
  return bounds;
}
