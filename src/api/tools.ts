import { z } from 'zod';
import type { CatalogueEntry } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json } from '#kernel/json/value.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import { visibleText } from '#kernel/text/index.ts';
import { softPhases, type ToolClass } from '#kernel/tool.ts';
import { diffDefinition, introduces, unfitness } from '#planes/tools/index.ts';
import { gates, gatesAsked, gatesOf } from './gates.ts';
import type { ControlParts } from './parts.ts';
import { cursorText, cut, namedPage, next } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject, reason, time } from './shapes.ts';

const named = z.strictObject({
  server: z.string().min(1).max(64),
  tool: z.string().min(1).max(256),
});

const toolStates = ['pinned', 'waiting', 'quarantined', 'rejected', 'gone'] as const;
const summary = z.strictObject({
  server: z.string(),
  tool: z.string(),
  state: z.enum(toolStates),
  effect: z.string(),
  reversible: z.boolean(),
  phase: z.enum([...softPhases, 'enforce']),
  pinnedDigest: z.string().nullable(),
  approvedBy: z.string().nullable(),
  /** Who said no to what it shows now, and why; null: nobody has. */
  rejected: z.strictObject({ by: z.string(), at: time, reason: z.string() }).nullable(),
  observedDigest: z.string().nullable(),
  /** As the server words it: of what is shown now, or of what is approved. */
  description: z.string().nullable(),
  /** Why nobody may call it as it is defined; null where nothing is in its way but its approval. */
  unfit: z.string().nullable(),
});
const finding = z.strictObject({
  rule: z.string(),
  severity: z.enum(['serious', 'minor']),
  message: z.string(),
  words: z.array(z.string()),
});
const change = z.strictObject({ path: z.string(), before: z.unknown(), after: z.unknown() });

export const toolRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/tools',
    summary: 'Tools with their state and effect',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({
      ...namedPage('tools', 2),
      server: z.string().min(1).max(64).optional(),
      /** `open`: what somebody has to look at, new or changed. */
      state: z.enum([...toolStates, 'open']).optional(),
    }),
    answer: z.strictObject({ tools: z.array(summary), next }),
    async handle({ parts, tenant, query }) {
      const { cursor: [ofServer, behind] = [], limit: most, q, server, state } = query;
      const after = { server: String(ofServer ?? ''), tool: String(behind ?? '') };
      const states = state && (state === 'open' ? (['waiting', 'quarantined'] as const) : [state]);
      const asked = { tenant, server, states, q: q?.toLowerCase(), after, limit: most + 1 };
      const { rows, more } = cut(await parts.desks.tools.page(asked), most, (last) =>
        cursorText('tools', [last.server, last.tool]),
      );
      return { tools: rows.map((entry) => summaryOf(parts, entry)), ...more };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/tools/gates',
    summary: 'What each agent reaches, and what stands between',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: gatesAsked,
    answer: gates,
    handle: ({ parts, tenant, query }) => gatesOf(parts, tenant, query),
  }),
  personRoute({
    method: 'GET',
    path: '/v1/tools/:server/:tool',
    summary: 'One tool, and what changed since it was approved',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    params: named,
    answer: summary.extend({
      definition: jsonObject.nullable(),
      observed: jsonObject.nullable(),
      diff: z.array(change),
      introduces: z.array(z.string()),
      findings: z.array(finding),
    }),
    async handle({ parts, tenant, params: { server, tool } }) {
      const entry = await parts.desks.tools.show(tenant, server, tool);
      if (entry === undefined) {
        throw new BailiwickError('api/not-found', {
          message: `no tool is called \`${server}/${tool}\``,
        });
      }
      const { pinned, observed } = entry;
      const changes = diffDefinition(pinned?.definition, (observed ?? pinned)?.definition);
      return {
        ...summaryOf(parts, entry),
        definition: pinned?.definition ?? null,
        observed: observed?.definition ?? null,
        introduces:
          observed === undefined ? [] : [...introduces(pinned?.definition, observed.definition)],
        findings: (await parts.desks.tools.findings(entry)).map((one) => ({
          ...one,
          words: one.words.map((word) => visibleText(word, { maxLength: 100 })),
        })),
        diff: changes.map(({ path, before, after }) => ({
          path,
          before: before ?? null,
          after: after ?? null,
        })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/tools/:server/:tool/approve',
    summary: 'Approve a tool by its digest',
    action: 'tool.approved',
    recordedBy: 'plane',
    act: 'tools',
    role: 'operator',
    params: named,
    body: z.strictObject({
      digest: z.string().length(64),
      acceptFindings: z.boolean().optional(),
      reason: reason.optional(),
    }),
    // The yes is given in any case; problems say why it is not in force yet.
    answer: summary.extend({ inForce: z.boolean(), problems: z.array(z.string()) }),
    async handle({ parts, params, body, person: by }) {
      const entry = await parts.desks.tools.approve({ by, ...params, ...body });
      const problems = [...(entry.unapplied ?? [])];
      return {
        ...summaryOf(parts, entry),
        inForce: entry.unapplied === undefined,
        problems,
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/tools/:server/:tool/reject',
    summary: 'Reject a tool by its digest: it stays shut',
    action: 'tool.rejected',
    recordedBy: 'plane',
    act: 'reject',
    role: 'operator',
    params: named,
    body: z.strictObject({ digest: z.string().length(64), reason }),
    answer: summary,
    async handle({ parts, params, body, person: by }) {
      return summaryOf(parts, await parts.desks.tools.reject({ by, ...params, ...body }));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/tools/:server/approve',
    summary: 'Approve tools of one server by their digests',
    action: 'tool.approved',
    recordedBy: 'plane',
    act: 'tools',
    role: 'operator',
    params: named.pick({ server: true }),
    body: z.strictObject({
      tools: z
        .array(z.strictObject({ tool: named.shape.tool, digest: z.string().length(64) }))
        .min(1)
        .max(1_000),
      reason: reason.optional(),
    }),
    answer: z.strictObject({
      server: z.string(),
      approved: z.array(z.string()),
      left: z.array(z.strictObject({ tool: z.string(), code: z.string(), why: z.string() })),
      inForce: z.boolean(),
      problems: z.array(z.string()),
    }),
    async handle({ parts, params: { server }, body, person: by }) {
      const done = await parts.desks.tools.approveAll({ by, server, ...body });
      return {
        server,
        approved: done.approved.map(({ tool }) => tool),
        left: done.left.map(({ tool, code, message }) => ({ tool, code, why: message })),
        inForce: done.unapplied === undefined,
        problems: [...(done.unapplied ?? [])],
      };
    },
  }),
];

function rejectedOf({ rejected }: CatalogueEntry): z.input<typeof summary>['rejected'] {
  if (rejected === undefined) return null;
  const { by, at, reason: why } = rejected;
  return { by, at: isoTime(at), reason: why };
}

const longestDescription = 400;

function descriptionOf({ observed, pinned }: CatalogueEntry): string | null {
  const description = (observed ?? pinned)?.definition['description'];
  return typeof description === 'string' ? description.slice(0, longestDescription) : null;
}

type SummaryParts = Pick<ControlParts, 'snapshot' | 'clock'>;

function summaryOf(parts: SummaryParts, entry: CatalogueEntry): z.input<typeof summary> {
  const server = parts.snapshot()?.tenants[entry.tenant]?.servers[entry.server];
  const toolClass = server?.tools[entry.tool] ?? server?.defaultClass ?? unknownClass;
  return {
    server: entry.server,
    tool: entry.tool,
    state: entry.state,
    effect: toolClass.effect,
    reversible: toolClass.reversible,
    phase: toolClass.phase ?? 'enforce',
    pinnedDigest: entry.pinned?.digest ?? null,
    approvedBy: entry.pinned?.approvedBy ?? null,
    rejected: rejectedOf(entry),
    observedDigest: entry.observed?.digest ?? null,
    description: descriptionOf(entry),
    unfit: unfitOf(parts, server ?? {}, entry, toolClass),
  };
}

type Classed = Pick<ToolClass, 'effect' | 'reversible' | 'phase' | 'isUndeclared'>;

function unfitOf(
  { clock }: SummaryParts,
  server: Pick<ServerEntry, 'exceptions'>,
  { tool, pinned, observed }: CatalogueEntry,
  toolClass: Classed,
): string | null {
  const definition = (observed ?? pinned)?.definition;
  if (definition === undefined) return null;
  const no = unfitness({ definition, tool, server, toolClass }, clock.now());
  return no === undefined ? null : `${no.message}: ${wordOf(no.details?.['why'])}`;
}

function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'unknown';
}

/** Of a server that no document names: the worst. */
const unknownClass: Classed = { effect: 'write', reversible: false, isUndeclared: true };
