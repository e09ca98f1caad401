import { unreconciledKey } from '#gateway/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { createAuditReader, findOpenIntents, type FoundRecord } from '#planes/audit/index.ts';
import { isNameOf } from '#storage/tiles/index.ts';
import type { ProgramLog } from '../program-log.ts';
import type { GatewayParts } from './parts.ts';

export interface RecoveryOptions {
  readonly log: ProgramLog;
  readonly tenant: string;
  readonly writer: string;
  /** Intents that an earlier life of this writer knew to be unreconciled. */
  readonly unreconciled: readonly string[];
}

export interface Recovery {
  /** Calls that ended with an unknown effect. */
  readonly dangling: number;
  readonly scanned: number;
  /** The writer had ended in order, with nothing open. */
  readonly clean: boolean;
}

/**
 * After a crash: every intent of this writer without an outcome gets one, with effect `unknown`.
 * What writes is refused until somebody has looked, because nobody knows whether it happened; that
 * holds over every later restart too, clean or not.
 */
export async function recoverIntents(
  parts: GatewayParts,
  options: RecoveryOptions,
): Promise<Recovery> {
  const { log, tenant } = options;
  const own = ownLogs(log, options);
  const reader = createAuditReader({ readers: () => own, sealer: parts.sealer });
  const { dangling, unknown, scanned, clean } = await findOpenIntents(own);
  for (const found of dangling) await parts.recorder.record(unknownOutcome(found.record));
  for (const found of [...unknown, ...dangling]) {
    await refuseRepetition(parts, found, () => reader.payload(found));
  }
  const known = new Set([...unknown, ...dangling].map(({ record }) => record.id));
  for (const id of options.unreconciled) {
    const found = known.has(id) ? undefined : await reader.show(tenant, id);
    if (found !== undefined) await refuseRepetition(parts, found, () => reader.payload(found));
  }
  return { dangling: dangling.length, scanned, clean };
}

/** The logs that this writer goes on with, then those that they succeed. */
function ownLogs(log: ProgramLog, { tenant, writer }: RecoveryOptions) {
  const { succession } = log;
  const before = new Set(succession.broken?.before.map(({ origin }) => origin));
  const mine = log.readers().filter((one) => one.tenant === tenant && isNameOf(one.writer, writer));
  return [
    ...mine.filter((one) => one.writer === succession.name),
    ...mine.filter((one) => one.writer !== succession.name && before.has(one.origin)),
  ];
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
