import type { EffectReport } from '#contracts/effect-book.ts';
import { onceTold } from '#gateway/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  type AuditReader,
  createAuditReader,
  findOpenIntents,
  type FoundRecord,
  type OpenIntent,
} from '#planes/audit/index.ts';
import { isNameOf } from '#storage/tiles/index.ts';
import type { ProgramLog } from '../program-log.ts';
import type { GatewayParts } from './parts.ts';

export interface RecoveryOptions {
  readonly log: ProgramLog;
  readonly tenant: string;
  readonly writer: string;
  /** Records of effects that an earlier life of this writer could not tell control of. */
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
 * holds over every later restart too, clean or not. So is what was done a moment before the end: its
 * answer may never have reached the caller, who would do it again.
 */
export async function recoverIntents(
  parts: GatewayParts,
  options: RecoveryOptions,
): Promise<Recovery> {
  const { log, tenant } = options;
  const own = ownLogs(log, options);
  const reader = createAuditReader({ readers: () => own, sealer: parts.sealer });
  const { dangling, unknown, done, scanned, clean } = await findOpenIntents(own);
  for (const found of dangling) await parts.recorder.record(unknownOutcome(found));
  const reports: (EffectReport | undefined)[] = [];
  const add = async (intent: FoundRecord, what: Pick<EffectReport, 'ref' | 'effect'>) =>
    void reports.push(await reportOf(intent, what, () => argumentsOf(reader, intent)));
  for (const found of [...unknown, ...dangling]) {
    await add(found, { ref: found.record.id, effect: 'unknown' });
  }
  for (const { intent, outcome } of done) await add(intent, { ref: outcome, effect: 'done' });
  const known = new Set(reports.map((report) => report?.ref));
  for (const id of options.unreconciled) {
    const found = known.has(id) ? undefined : await reader.show(tenant, id);
    if (found === undefined) continue;
    // What was done is named by its outcome; the arguments stand beside its intent.
    const { type, intent = '' } = found.record;
    const isDone = type === 'policy.outcome';
    const asked = isDone ? await reader.show(tenant, intent) : found;
    const effect = isDone ? 'done' : 'unknown';
    if (asked !== undefined) await add(asked, { ref: id, effect });
  }
  parts.unreconciled.addFound(reports.filter((report) => report !== undefined));
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

/** What was released of a stream stays named: its windows are on record, its end is not. */
function unknownOutcome({ record: intent, parts }: OpenIntent) {
  const { tenant, actors, session, task, call, method, source, target, named } = intent;
  const { questions, decision, labels, snapshot, approval, trace, traceIgnored } = intent;
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
    ...(target === undefined ? {} : { target }),
    ...(named === undefined ? {} : { named }),
    ...(questions === undefined ? {} : { questions }),
    ...(decision === undefined ? {} : { decision }),
    ...(labels === undefined ? {} : { labels }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(approval === undefined ? {} : { approval }),
    ...(parts === undefined ? {} : { parts }),
    ...(trace === undefined ? {} : { trace }),
    ...(traceIgnored === undefined ? {} : { traceIgnored }),
  };
}

/**
 * Their key is lent by control. INVARIANT: what was erased meanwhile is told all the same, so that somebody
 * looks at it; no call is ever equal to it.
 */
async function argumentsOf(reader: AuditReader, intent: FoundRecord): Promise<Buffer | undefined> {
  try {
    return await onceTold(() => reader.payload(intent));
  } catch (fault) {
    // A store that was put back may lack the key: that mends itself as little as an erasure.
    if (!(fault instanceof BailiwickError) || !lostForGood.has(fault.code)) throw fault;
    return Buffer.from(`cannot be opened any more, with ${intent.record.id}`);
  }
}

const lostForGood: ReadonlySet<string> = new Set(['audit/erased', 'credentials/unwrap-failed']);

/** Undefined for what may be made again: a read, and what cannot be named any more. */
async function reportOf(
  { record }: FoundRecord,
  { ref, effect }: Pick<EffectReport, 'ref' | 'effect'>,
  openArguments: () => Promise<Buffer | undefined>,
): Promise<EffectReport | undefined> {
  const { target, task, tenant, writer: by, time } = record;
  if (target === undefined || task === undefined || target.effectClass === 'read') return undefined;
  const body = await openArguments();
  if (body === undefined) return undefined;
  return {
    tenant,
    task,
    target: target.target,
    argumentsDigest: sha256Hex(body),
    effect,
    ref,
    by,
    at: Date.parse(time),
  };
}
