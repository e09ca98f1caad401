import { isRefusal, refusal } from '#kernel/errors.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** To the tool server: the bytes that were judged, bounded in time and size. */
export function forwardStage({ upstreams, refresh }: StageParts): Stage {
  return async (walk): Promise<StageResult> => {
    const { principal, tool, call, loan, snapshot } = walk;
    if (call.kind === 'refresh') return refresh.forward(walk);
    if (principal === undefined || tool === undefined || loan === undefined) {
      return refusal('gateway/internal');
    }
    const upstream = await upstreams.open({ principal, tool, snapshot });
    if (isRefusal(upstream)) return upstream;
    walk.effect = 'unknown';
    const answer = await upstream.connection.call({
      callId: call.id,
      tool: tool.id.tool,
      argumentBytes: call.argumentBytes,
      lent: loan.lent,
      timeoutMs: tool.server.timeoutMs,
      resultBytes: tool.server.resultBytes,
      signal: call.signal,
      trace: call.trace,
    });
    return takeAnswer(walk, answer, upstream.environment);
  };
}

function takeAnswer(
  walk: Walk,
  answer: NonNullable<Walk['answer']>,
  environment: NonNullable<Walk['loan']>,
): StageResult {
  // What the child holds in its environment can come back in any result of it: scrubbed as well.
  walk.loan = {
    lent: [...(walk.loan?.lent ?? []), ...environment.lent],
    leases: [...(walk.loan?.leases ?? []), ...environment.leases],
  };
  walk.answer = answer;
  if (answer.kind === 'failed') {
    walk.effect = answer.effect;
    return answer.refusal;
  }
  walk.effect = 'done';
  return undefined;
}
