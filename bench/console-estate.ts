/** What a large company has, so that pages can be asked of it: documents by the API, the rest by the store itself. */
import { join } from 'node:path';
import type { Store } from '#contracts/store.ts';
import { callDigestOf } from '#kernel/grant.ts';
import { newId } from '#kernel/ids.ts';
import { systemClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import type { ControlClient } from '../sdk/index.ts';
import { approvalBinding, askedContext } from '../test/fakes/approval-asks.ts';

export interface ScaleOf {
  readonly agents: number;
  readonly records: number;
}

export const teams = ['payments', 'support', 'claims', 'logistics', 'research'];
const serversOf = ({ agents }: ScaleOf): number => Math.max(2, Math.min(200, agents / 50));
export const toolsPerServer = 50;
/** A request of more is refused whole. */
const documentsAtOnce = 1_000;

export const agentName = (at: number): string =>
  `${teams[at % teams.length]}-bot-${String(at).padStart(5, '0')}`;
export const serverName = (at: number): string => `system-${String(at).padStart(3, '0')}`;
export const toolName = (at: number): string => `act-${String(at).padStart(3, '0')}`;

function documentsOf(scale: ScaleOf) {
  const servers = Array.from({ length: serversOf(scale) }, (_, at) => ({
    kind: 'ToolServer',
    name: serverName(at),
    spec: { connect: { url: `http://127.0.0.1:9/${at}` }, results: { labels: [] } },
  }));
  const manifests = teams.map((team, at) => ({
    kind: 'Manifest',
    name: team,
    spec: {
      tools: Array.from({ length: 20 }, (_, tool) => ({
        tool: `${serverName((at * 7 + tool) % servers.length)}/${toolName(tool)}`,
      })),
    },
  }));
  const agents = Array.from({ length: scale.agents }, (_, at) => ({
    kind: 'Agent',
    name: agentName(at),
    spec: {
      owner: `owner-${at % 400}@example.com`,
      purpose: `answers what ${teams[at % teams.length]} is asked about, number ${at}`,
      manifest: teams[at % teams.length] ?? '',
    },
  }));
  return [...servers, ...manifests, ...agents];
}

/** As somebody would who has that many: change by change, each whole or not at all. */
export async function applyDocuments(admin: ControlClient, scale: ScaleOf): Promise<void> {
  const all = documentsOf(scale);
  for (let from = 0; from < all.length; from += documentsAtOnce) {
    const documents = all.slice(from, from + documentsAtOnce);
    const reason = 'a large estate';
    const done: Record<string, unknown> = await admin.request('POST', '/v1/changes', {
      documents,
      reason,
    });
    if (done['review'] !== null) throw new Error(`it waits: ${JSON.stringify(done['review'])}`);
  }
}

/** Rows that only a gateway, a platform or years would make; the product does not run meanwhile. */
export async function fillStore(data: string, scale: ScaleOf): Promise<void> {
  const store = await openSqliteStore({ folder: join(data, 'store'), clock: systemClock });
  try {
    await showTools(store, scale);
    await holdCalls(store, scale);
  } finally {
    await store.close();
  }
}

const tenant = 'main';

async function showTools(store: Store, scale: ScaleOf): Promise<void> {
  const now = Date.now();
  for (let at = 0; at < serversOf(scale); at += 1) {
    const server = serverName(at);
    const names = Array.from({ length: toolsPerServer }, (_, tool) => toolName(tool));
    await store.catalogue.report({
      tenant,
      server,
      look: 'first',
      shown: names,
      now,
      tools: names.map((tool) => ({
        tenant,
        server,
        tool,
        digest: 'a'.repeat(64),
        definition: {
          name: tool,
          description: `Does ${tool} in ${server}, and says what came of it.`,
          inputSchema: { type: 'object', properties: { id: { type: 'string' } } },
        },
        observedAt: now,
      })),
    });
  }
}

/** A fifth of the agents waits for somebody. */
async function holdCalls(store: Store, scale: ScaleOf): Promise<void> {
  const begun = Date.now();
  for (let at = 0; at < scale.agents / 5; at += 1) {
    const binding = approvalBinding({
      tenant,
      agent: agentName(at),
      instance: `${agentName(at)}-1`,
      session: `session-${at}`,
      target: `tool:${serverName(at % serversOf(scale))}/${toolName(at % toolsPerServer)}`,
    });
    const argumentsText = JSON.stringify({ amount: at, note: `refund for order ${at}` });
    await store.grants.request({
      binding,
      callDigest: callDigestOf(binding),
      context: askedContext(binding, newId(begun), { argumentsText }),
      now: begun + at,
      expiresAt: begun + 7 * 86_400_000,
      pendingLimit: 50,
    });
  }
}
