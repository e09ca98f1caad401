import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { JudgeParts, Look } from './tools-look.ts';
import type { OwedRecord } from './record-owed.ts';

/** Pins go to disk so many at a time: ten thousand tools are one breath, not ten thousand. */
const pinnedAtOnce = 128;
/** So many names and digests fit into one sealed body. */
const listedAtOnce = 5_000;

/** INVARIANT: on record before it is pinned: it gives agents something that they did not have. */
export async function pinFirstSeen(parts: JudgeParts, look: Look): Promise<void> {
  const { tenant, server } = look;
  const document = await parts.documents.get(tenant, 'ToolServer', server);
  if (document?.spec['pin'] !== 'first-seen') return;
  const fresh = look.changes.flatMap((change) => {
    const digest = change.observedDigest;
    const isFirst = change.state === 'waiting' && change.pinnedDigest === undefined;
    return isFirst && digest !== undefined ? [{ tool: change.tool, digest }] : [];
  });
  if (fresh.length === 0) return;
  await parts.records.record(pinRecords(look, fresh));
  const now = parts.clock.now();
  for (let from = 0; from < fresh.length; from += pinnedAtOnce) {
    const tools = fresh.slice(from, from + pinnedAtOnce);
    await parts.catalogue.pinSeen({ tenant, server, tools, by: 'first-seen', now });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Fresh {
  readonly tool: string;
  readonly digest: string;
}

/** A few are named; many are one record with the list of names and digests as its sealed body. */
function pinRecords(look: Look, fresh: readonly Fresh[]): OwedRecord[] {
  const { id, at, server } = look;
  if (fresh.length <= limits.toolsNamedPerLook) {
    return fresh.map(({ tool, digest }) => ({
      name: `${id}/${tool}/first-seen/${digest}`,
      at,
      draft: pinDraft(look, { server, tool, digest }),
    }));
  }
  const records: OwedRecord[] = [];
  for (let from = 0; from < fresh.length; from += listedAtOnce) {
    const some = fresh.slice(from, from + listedAtOnce);
    const payload = canonicalBytes(some.map(({ tool, digest }) => ({ tool, digest })));
    const list = sha256Hex(payload);
    const draft = pinDraft(look, { server, tools: some.length, list });
    records.push({ name: `${id}//first-seen/${list}`, at, draft, payload });
  }
  return records;
}

function pinDraft({ tenant }: Look, details: RecordDraft['details'] & object): RecordDraft {
  return {
    type: 'tool.approved',
    tenant,
    actors: [{ kind: 'system', name: 'system/first-seen' }],
    details,
  };
}
