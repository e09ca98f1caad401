import { z } from 'zod';
import { actDraft } from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Person } from '#kernel/principal.ts';
import { isoTime } from '#kernel/time.ts';
import type { FoundRecord } from '#planes/audit/index.ts';
import { sinkKinds } from '#kernel/tool.ts';
import { draftFlow, type SeenCall, suggestManifest } from '#planes/tools/index.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject, moment, name, time } from './shapes.ts';

/** So many calls say what an agent does; more would keep control from other work. */
const mostCalls = 20_000;
/** Opened one by one, newest first, and so many of each tool are enough to see what it is for. */
const mostOpened = 2_000;
const mostOpenedOfOne = 200;

export const suggestionRoutes: readonly Route[] = [
  // Arguments are looked into, and none is told: what comes out are names, round bounds and folders.
  personRoute({
    method: 'GET',
    path: '/v1/agents/:agent/suggested-manifest',
    summary: 'A manifest of what an agent has used',
    action: 'log.read',
    recordedBy: 'route',
    role: 'operator',
    params: z.strictObject({ agent: name }),
    query: z.strictObject({ since: moment }),
    answer: z.strictObject({
      agent: z.string(),
      manifest: z.string(),
      since: time,
      calls: z.number(),
      opened: z.number(),
      isWhole: z.boolean(),
      spec: jsonObject,
      unbounded: z.array(z.string()),
    }),
    async handle({ parts, tenant, params, query, signal, person }) {
      const agent = parts.snapshot()?.tenants[tenant]?.agents[params.agent];
      if (agent === undefined) {
        throw new BailiwickError('api/not-found', {
          message: `no agent is called \`${params.agent}\``,
        });
      }
      const filter = { tenant, agent: agent.name, type: 'policy.intent', since: query.since };
      const stop = signal === undefined ? {} : { signal };
      const found = await parts.reader.tail({ ...filter, limit: mostCalls, ...stop });
      const seen = await seenCalls(parts, found);
      await recordLook(parts, person, { agent: agent.name, opened: seen.opened });
      const schemas = await schemasOf(parts, tenant);
      const { tools, targets, calls, unbounded } = suggestManifest(seen.calls, (tool) =>
        schemas.get(tool),
      );
      const spec = {
        ...(tools.length === 0 ? {} : { tools: tools.map((one) => ({ ...one })) }),
        ...(targets.length === 0 ? {} : { targets: [...targets] }),
      };
      return {
        agent: agent.name,
        manifest: agent.manifest,
        since: isoTime(query.since),
        calls,
        opened: seen.opened,
        isWhole: found.length < mostCalls,
        spec,
        unbounded: [...unbounded],
      };
    },
  }),
  // Of approved definitions alone: what a server shows and nobody looked at drafts nothing.
  personRoute({
    method: 'GET',
    path: '/v1/servers/:server/suggested-flow',
    summary: 'A draft of what flows through the tools of a server',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ server: name }),
    answer: z.strictObject({
      server: z.string(),
      tools: z.array(
        z.strictObject({
          tool: z.string(),
          effect: z.string(),
          /** Its document declares flow already. */
          declared: z.boolean(),
          speaks: z.boolean(),
          sinks: z.array(
            z.strictObject({ path: z.string(), kind: z.enum(sinkKinds), why: z.string() }),
          ),
          ids: z.array(z.strictObject({ path: z.string(), why: z.string() })),
          text: z.array(z.string()),
        }),
      ),
    }),
    async handle({ parts, tenant, params: { server } }) {
      const of = parts.snapshot()?.tenants[tenant]?.servers[server];
      if (of === undefined) {
        throw new BailiwickError('api/not-found', {
          message: `no tool server is called \`${server}\``,
        });
      }
      const entries = await parts.desks.tools.list(tenant, server);
      const tools = entries.flatMap(({ tool, pinned }) => {
        if (pinned === undefined) return [];
        const { effect, flow } = of.tools[tool] ?? of.defaultClass;
        const { definition } = pinned;
        const drafted = draftFlow({ tool, effect, definition });
        const { speaks, sinks, ids, text } = drafted;
        return [
          {
            tool,
            effect,
            declared: flow !== undefined,
            speaks,
            sinks: sinks.map((one) => ({ ...one })),
            ids: ids.map((one) => ({ ...one })),
            text: [...text],
          },
        ];
      });
      return { server, tools };
    },
  }),
];

/** INVARIANT: whoever has what is sealed looked into is on record before anything made of it leaves. */
async function recordLook(
  { recorder }: ControlParts,
  by: Person,
  looked: { readonly agent: string; readonly opened: number },
): Promise<void> {
  if (looked.opened === 0) return;
  const purpose = 'to suggest a manifest';
  await recorder.record(actDraft('log.revealed', { by }, { ...looked, purpose, shown: 'derived' }));
}

async function seenCalls(parts: ControlParts, found: readonly FoundRecord[]) {
  const openedOf = new Map<string, number>();
  const calls: SeenCall[] = [];
  let opened = 0;
  for (const one of found.toReversed()) {
    const target = one.record.target?.target;
    if (target === undefined) continue;
    const before = openedOf.get(target) ?? 0;
    const isOpened = opened < mostOpened && before < mostOpenedOfOne;
    const given = isOpened ? await argumentsOf(parts, one) : undefined;
    if (given !== undefined) {
      opened += 1;
      openedOf.set(target, before + 1);
    }
    calls.push({ target, arguments: given });
  }
  return { calls, opened };
}

/** What is kept of the arguments of a call; a body that is gone or unreadable says nothing. */
async function argumentsOf(
  { reader }: ControlParts,
  found: FoundRecord,
): Promise<JsonObject | undefined> {
  try {
    const body = await reader.payload(found);
    const value = body === undefined ? undefined : parseJson(body);
    return value !== undefined && isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function schemasOf(
  { desks }: ControlParts,
  tenant: string,
): Promise<ReadonlyMap<string, JsonObject>> {
  const entries = await desks.tools.list(tenant, undefined);
  return new Map(
    entries.flatMap(({ server, tool, pinned }): [string, JsonObject][] => {
      const schema = pinned?.definition['inputSchema'];
      return schema !== undefined && isJsonObject(schema) ? [[`${server}/${tool}`, schema]] : [];
    }),
  );
}
