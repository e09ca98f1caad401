import { refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** Does the result fit, and what does it carry? Credentials and secrets never come back. */
export function inspectOutStage(parts: StageParts): Stage {
  return (walk): StageResult | Promise<StageResult> => {
    const { answer, tool, call } = walk;
    if (call.kind === 'refresh') return undefined;
    if (answer?.kind !== 'answer' || tool === undefined) return refusal('gateway/internal');
    const misfit = parts.tools.checkResult(tool, answer.result);
    if (misfit !== undefined) return misfit;
    const clean = cleanResult(parts, walk, answer.result);
    const bytes = canonicalBytes(clean);
    if (bytes.length > tool.server.resultBytes) return refusal('tools/result-too-large');
    walk.result = clean;
    walk.resultBytes = bytes;
    return raiseLabels(parts, walk);
  };
}

function cleanResult(parts: StageParts, walk: Walk, result: JsonObject): JsonObject {
  const scrubbed = parts.scrubber.scrub(result, walk.loan?.lent ?? []);
  const redacted = parts.inspector.redact(scrubbed.value);
  walk.redactions =
    scrubbed.hits + redacted.findings.reduce((sum, finding) => sum + finding.count, 0);
  return redacted.value;
}

/** INVARIANT: labels are durable before the result that raised them is released. */
function raiseLabels(parts: StageParts, walk: Walk): StageResult | Promise<StageResult> {
  const { tool, principal } = walk;
  if (tool === undefined || principal === undefined) return refusal('gateway/internal');
  walk.labelsOut = tool.toolClass.resultLabels;
  const source = `${tool.id.server}/${tool.id.tool}`;
  const raised = parts.labels.raise(principal, tool.toolClass.resultLabels, source);
  return raised instanceof Promise
    ? raised.catch(() => refusal('semantic/label-unavailable'))
    : undefined;
}
