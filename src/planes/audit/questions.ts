import type { Decision } from '#kernel/decision.ts';
import type { Principal } from '#kernel/principal.ts';
import type { FourQuestions } from '#kernel/record.ts';

export interface AskedAbout {
  readonly principal: Principal;
  readonly method: string;
  /** What is asked for, as the caller wrote it. */
  readonly named: string | undefined;
  /** Undefined until the decide stage has spoken. */
  readonly decision: Decision | undefined;
  /** Name of the manifest that the tool was found in. */
  readonly manifest: string | undefined;
}

/** POL-23: who acts, what is asked, what can it invoke, may it go on without a human? In words. */
export function questionsFor(asked: AskedAbout): FourQuestions {
  const { method, named, decision, manifest } = asked;
  return {
    who: whoActs(asked.principal),
    asks: named === undefined ? method : `${method} ${named}`,
    canInvoke:
      manifest === undefined
        ? 'nothing: no tool was resolved'
        : `the tools of manifest ${manifest}`,
    // Without a decision nothing was allowed, with or without a human.
    withoutHuman: decision?.effect === 'allow',
  };
}

function whoActs(principal: Principal): string {
  const who = `${principal.kind} ${principal.agent}, instance ${principal.instance}`;
  const hops = principal.hops.map(({ agent }) => agent);
  const through = hops.length === 0 ? who : `${who}, handed on by ${hops.join(', then ')}`;
  return principal.user === undefined ? through : `${through}, for ${principal.user.subject}`;
}
