import type { Explained, ExplainParts, Story } from '#dry-run/index.ts';
import { explainRecord } from '#dry-run/index.ts';
import { alterTenant } from '#config/index.ts';
import { compileConfiguration } from '#gateway/index.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';
import { modelJudge, modelsPart } from '#planes/models/index.ts';
import { promptJudge, resourceJudge, toolJudge } from '#planes/tools/index.ts';
import { claimMarks } from '#contracts/claim-marks.ts';
import { sealKeys } from './approval-asks.ts';
import type { GatewayWorld } from './gateway-world.ts';

/** What the control program explains with, over the parts of a gateway in memory. */
export function explainPartsOf({ parts }: GatewayWorld): ExplainParts {
  const { tools, policy } = parts;
  const all = [tools, policy, modelsPart];
  const compile = (next: Parameters<typeof compileConfiguration>[1]) =>
    compileConfiguration(all, next, undefined);
  return {
    policy,
    markClaims: claimMarks(sealKeys),
    judges: [toolJudge(tools), resourceJudge, promptJudge, modelJudge],
    alter: (base, tenant, change) => alterTenant({ compile }, base, { tenant, change }),
  };
}

/** A draft as it would stand in the log. */
export function recordOf(draft: RecordDraft, now: number): RecordEnvelope {
  return {
    ...draft,
    schema: recordSchema,
    id: newId(now),
    time: isoTime(now),
    monotonicUs: 0,
    writer: 'gw-1',
    sequence: 1,
  };
}

/** The last decision that the world made, explained by what is in force. */
export async function explainLast(
  world: GatewayWorld,
  args: JsonObject | undefined,
  beside: Partial<Story> = {},
): Promise<Explained> {
  const now = world.parts.clock.now();
  const draft = world.records.findLast(
    ({ type }) => type.startsWith('gateway.') || type === 'policy.intent',
  );
  if (draft === undefined) throw new Error('nothing was decided');
  const related = world.records.map((one) => recordOf(one, now));
  const story = {
    record: recordOf(draft, now),
    related,
    raised: [],
    approval: undefined,
    isWhole: true,
  };
  const { configuration } = world.parts.state;
  return explainRecord(
    explainPartsOf(world),
    { ...story, ...beside },
    { configuration, footing: 'same', args },
  );
}
