import type { OutboxDraft } from '#contracts/outbox.ts';
import type { ToolsSeenBody } from '#contracts/tool-catalogue.ts';
import { type Introduced, introduces } from '#planes/tools/index.ts';
import { pinFirstSeen } from './pin-first-seen.ts';
import { quarantineChanged } from './quarantine-changed.ts';
import type { Reaction } from './reaction.ts';
import { seenRecords } from './seen-records.ts';
import type { JudgeParts, Look } from './tools-look.ts';

/** As many as a server may have, and as many again that are gone. */
const mostChanges = 50_000;
const judgedAtOnce = 256;

/**
 * What a gateway saw of a tool server is judged here. A server whose document says `first-seen` is
 * pinned as it shows itself first; everything else waits for a human, and what changed since its
 * approval is quarantined for every gateway.
 */
export function judgeTools(parts: JudgeParts): Reaction {
  return {
    kind: 'tools-seen',
    async react(drafts) {
      const byServer = Map.groupBy(drafts, (one) => `${one.tenant}\n${bodyOf(one).server}`);
      for (const some of byServer.values()) await judge(parts, some);
    },
  };
}

async function judge(parts: JudgeParts, drafts: readonly OutboxDraft[]): Promise<void> {
  const [first] = drafts;
  if (first === undefined) return;
  const { tenant, id, at } = first;
  const { server } = bodyOf(first);
  const changes = await parts.catalogue.changes(tenant, server, mostChanges);
  const passedOver = Math.max(...drafts.map((draft) => bodyOf(draft).passedOver));
  const brings = await whatTheyBring(parts, { tenant, server, changes });
  const look: Look = { tenant, server, id, at, passedOver, changes, brings };
  // In force everywhere before anybody writes about it.
  await quarantineChanged(parts, look);
  await parts.records.record(seenRecords(look, parts.snapshot()));
  await pinFirstSeen(parts, look);
  for (let from = 0; from < changes.length; from += judgedAtOnce) {
    await parts.catalogue.judged(tenant, server, changes.slice(from, from + judgedAtOnce));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Each is a read of the store, so of so many and no more; what is more is as severe as its class. */
const mostLookedInto = 200;

async function whatTheyBring(
  { catalogue }: JudgeParts,
  { tenant, server, changes }: Pick<Look, 'tenant' | 'server' | 'changes'>,
): Promise<Look['brings']> {
  const brings = new Map<string, readonly Introduced[]>();
  const fresh = changes.filter(({ state }) => state === 'quarantined' || state === 'waiting');
  for (const { tool } of fresh.slice(0, mostLookedInto)) {
    const entry = await catalogue.get(tenant, server, tool);
    if (entry === undefined) continue;
    brings.set(tool, introduces(entry.pinned?.definition, entry.observed?.definition));
  }
  return brings;
}

/** INVARIANT: only the catalogue writes drafts of this kind. */
function bodyOf({ body }: OutboxDraft): ToolsSeenBody {
  return body as unknown as ToolsSeenBody;
}
