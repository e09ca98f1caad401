import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** To the tool server: the bytes that were judged, bounded in time and size. */
export function forwardStage(parts: StageParts): Stage {
  const { upstreams, refresh } = parts;
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
    return takeAnswer(parts, walk, answer, upstream.environment);
  };
}

function takeAnswer(
  parts: StageParts,
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
    return cleanRefusal(parts, walk, answer.refusal);
  }
  walk.effect = 'done';
  return undefined;
}

/** An error is an answer too: what was lent, and what looks like a secret, is taken out of it. */
function cleanRefusal({ scrubber, inspector }: StageParts, walk: Walk, no: Refusal): Refusal {
  const said = { message: no.message, details: no.details ?? null };
  const scrubbed = scrubber.scrub(said, walk.loan?.lent ?? []);
  const clean = inspector.redact(scrubbed.value).value;
  return {
    ...no,
    message: clean.message,
    ...(clean.details === null ? {} : { details: clean.details }),
  };
}
