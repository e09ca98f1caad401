import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { raiseResultLabels } from '../result-labels.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** Does the result fit, and what does it carry? Credentials and secrets were left at the intake. */
export function inspectOutStage(parts: StageParts): Stage {
  return (walk): StageResult | Promise<StageResult> => {
    const { answer, call } = walk;
    if (call.action.kind === 'refresh') return undefined;
    if (answer?.kind !== 'answer') return refusal('gateway/internal');
    walk.redactions = answer.redactions;
    // What is wrong with a result is told in words of that result: labels come before the check.
    const raised = raiseResultLabels(parts, walk);
    if (!(raised instanceof Promise)) return raised ?? judge(parts, walk, answer.result);
    return raised.then((no) => no ?? judge(parts, walk, answer.result));
  };
}

function judge(parts: StageParts, walk: Walk, result: JsonObject): Refusal | undefined {
  const { tool, configuration } = walk;
  if (tool === undefined || configuration === undefined) return refusal('gateway/internal');
  const misfit = configuration.of(parts.tools).checkResult(tool, result);
  if (misfit !== undefined) return misfit;
  const bytes = canonicalBytes(result);
  if (bytes.length > tool.server.resultBytes) return refusal('tools/result-too-large');
  walk.result = result;
  walk.resultBytes = bytes;
  return undefined;
}
