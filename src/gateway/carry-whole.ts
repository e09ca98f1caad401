import type { Outcome } from '#kernel/call.ts';
import { type Ended, passOne } from './gates.ts';
import type { Stages } from './path.ts';
import type { AnsweredWhole } from './progress.ts';

/** An answer that comes whole is one window. */
export async function carryWhole(
  stages: Stages,
  answered: AnsweredWhole,
): Promise<Outcome | Ended> {
  const fitted = await passOne('inspect-out', stages['inspect-out'], answered);
  if (fitted.kind === 'ended') return fitted;
  const settled = await passOne('settle', stages.settle, fitted.walk);
  if (settled.kind === 'ended') return settled;
  const { recordId, result, resultBytes, answer } = settled.walk;
  if (answer.asks !== undefined) {
    return { kind: 'asks', recordId, requests: result, state: answer.asks };
  }
  return { kind: 'result', recordId, result, bytes: resultBytes };
}
