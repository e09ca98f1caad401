import { unreconciledKey } from '#gateway/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { createAuditReader, type FoundRecord } from '#planes/audit/index.ts';
import type { ProgramLog } from '../program-log.ts';
import type { GatewayParts } from './parts.ts';

export interface RecoveryOptions {
  readonly log: ProgramLog;
  readonly tenant: string;
  readonly writer: string;
  /** Intents that an earlier life of this writer knew to be unreconciled. */
  readonly unreconciled: readonly string[];
}

/** An intent can be no older than the longest call when its writer died; with room to spare. */
const lookBackMs = 3 * limits.upstreamTimeoutMs + 600_000;
const mostRecords = 200_000;

/**
 * After a crash: every intent of this writer without an outcome gets one, with effect `unknown`.
 * What writes is refused until somebody has looked, because nobody knows whether it happened; that
 * holds over every later restart too, clean or not.
 */
export async function recoverIntents(
  parts: GatewayParts,
  options: RecoveryOptions,
): Promise<number> {
  const { log } = options;
  await log.flush();
  const own = log.readers().filter(({ writer }) => writer === options.writer);
  const reader = createAuditReader({ readers: () => own, sealer: parts.sealer });
  const records = await recentRecords(reader, options.tenant);
  const closed = new Set(records.map(({ record }) => record.intent));
  const dangling = records.filter(
    ({ record }) => record.type === 'policy.intent' && !closed.has(record.id),
  );
  for (const found of dangling) {
    await parts.recorder.record(unknownOutcome(found.record));
  }
  const unknown = new Set([...options.unreconciled, ...unknownIntents(records)]);
  for (const { record } of dangling) unknown.add(record.id);
  const byId = new Map(records.map((found) => [found.record.id, found]));
  for (const id of unknown) {
    const found = byId.get(id) ?? (await reader.show(options.tenant, id));
    if (found !== undefined) await refuseRepetition(parts, found, () => reader.payload(found));
  }
  return dangling.length;
}

/** Told as unknown before the writer ended; its memory of that ended with it. */
function unknownIntents(records: readonly FoundRecord[]): string[] {
  return records
    .filter(({ record }) => record.type === 'policy.outcome' && record.effect === 'unknown')
    .map(({ record }) => record.intent ?? '')
    .filter((id) => id !== '');
}

async function recentRecords(
  reader: ReturnType<typeof createAuditReader>,
  tenant: string,
): Promise<readonly FoundRecord[]> {
  const newest = (await reader.tail({ tenant, limit: 1 })).at(-1);
  if (newest === undefined) return [];
  // Measured from the last record, not from now: the machine may have been off for a week.
  const since = Date.parse(newest.record.time) - lookBackMs;
  return reader.tail({ tenant, limit: mostRecords, since });
}

function unknownOutcome(intent: RecordEnvelope) {
  const { tenant, actors, session, task, call, method, source, tool, toolName } = intent;
  const { questions, decision, labels, snapshot, approval } = intent;
  return {
    type: 'policy.outcome' as const,
    tenant,
    actors,
    intent: intent.id,
    effect: 'unknown' as const,
    details: { recovered: true },
    refusal: {
      stage: 'settle',
      code: 'gateway/internal',
      message: 'the gateway ended before the outcome was known',
    },
    ...(session === undefined ? {} : { session }),
    ...(task === undefined ? {} : { task }),
    ...(call === undefined ? {} : { call }),
    ...(method === undefined ? {} : { method }),
    ...(source === undefined ? {} : { source }),
    ...(tool === undefined ? {} : { tool }),
    ...(toolName === undefined ? {} : { toolName }),
    ...(questions === undefined ? {} : { questions }),
    ...(decision === undefined ? {} : { decision }),
    ...(labels === undefined ? {} : { labels }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(approval === undefined ? {} : { approval }),
  };
}

async function refuseRepetition(
  parts: GatewayParts,
  { record }: FoundRecord,
  openPayload: () => Promise<Buffer | undefined>,
): Promise<void> {
  const { tool, task } = record;
  if (tool === undefined || task === undefined || tool.effectClass === 'read') return;
  const body = await openPayload();
  if (body === undefined) return;
  const key = unreconciledKey(task, `${tool.server}/${tool.name}`, sha256Hex(body));
  parts.unreconciled.addKey(key, record.id);
}
