import { contentOf } from '#kernel/call.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import type { Taken } from '../intake.ts';
import { raiseResultLabels } from '../result-labels.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** To the tool server: the bytes that were judged, bounded in time and size. */
export function forwardStage(parts: StageParts): Stage {
  const { upstreams, refresh } = parts;
  return async (walk): Promise<StageResult> => {
    const { principal, tool, call, loan, configuration } = walk;
    if (call.action.kind === 'refresh') return refresh.forward(walk);
    const content = contentOf(call.action);
    if (
      configuration === undefined ||
      principal === undefined ||
      tool === undefined ||
      loan === undefined ||
      content === undefined
    ) {
      return refusal('gateway/internal');
    }
    const upstream = await upstreams.open({ principal, tool, snapshot: configuration.snapshot });
    if (isRefusal(upstream)) return upstream;
    walk.loan = {
      lent: [...loan.lent, ...upstream.environment.lent],
      leases: [...loan.leases, ...upstream.environment.leases],
    };
    walk.effect = 'unknown';
    const taken = await upstream.call({
      callId: call.id,
      tool: tool.id.tool,
      argumentBytes: content.argumentBytes,
      lent: loan.lent,
      timeoutMs: tool.server.timeoutMs,
      resultBytes: tool.server.resultBytes,
      signal: call.signal,
      trace: call.trace,
    });
    return take(parts, walk, taken);
  };
}

async function take(parts: StageParts, walk: Walk, taken: Taken): Promise<StageResult> {
  walk.answer = taken;
  walk.effect = taken.kind === 'failed' ? taken.effect : 'done';
  if (taken.kind === 'answer') return undefined;
  // An error is an answer too: it can say whatever a result can.
  const withheld = taken.heard ? await raiseResultLabels(parts, walk) : undefined;
  return withheld ?? taken.refusal;
}
