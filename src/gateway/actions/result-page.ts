import type { Action } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type JudgedTool, type ToolGate, toolJudge } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import type { Attempt } from '../attempt.ts';
import type { Taken } from '../intake.ts';
import { JudgedSubject } from '../judged-subject.ts';
import type { KeptPages } from '../results/kept-pages.ts';
import type { Asking, Exchanging } from '../subject.ts';

export interface ResultPageParts {
  readonly tools: ToolGate;
  readonly pages: { readonly kept: Pick<KeptPages, 'find'> };
}

type PageAction = Extract<Action, { readonly kind: 'result-page' }>;
type Found = NonNullable<PageAction['found']>;

/**
 * One more page of a result that was told in part. INVARIANT: it is judged as the call is that it was
 * the answer to: the same tool, the same arguments, everything that stops or labels them; but it only
 * reads. Nobody outside is asked, and nothing is lent.
 */
export function resultPage({ tools, pages }: ResultPageParts): Acting {
  const judge = toolJudge(tools);
  return {
    kind: 'result-page',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: 'tools/unknown-page',
    async find({ principal, call: { action } }) {
      if (action.kind !== 'result-page') return refusal('gateway/internal');
      // INVARIANT: what it does not name it does not take: it is judged by its cursor alone.
      const { cursor, ...others } = action.arguments;
      if (Object.keys(others).length > 0) return refusal('tools/unknown-page');
      const found =
        typeof cursor === 'string' ? await pages.kept.find(principal, cursor) : undefined;
      if (found === undefined) return refusal('tools/unknown-page');
      const argumentBytes = canonicalBytes(found.arguments);
      return { ...action, target: found.target, arguments: found.arguments, argumentBytes, found };
    },
    sees: (asked, content) => judge.sees(asked, content.target),
    resolve(asked, content) {
      const found = foundIn(asked);
      if (found === undefined) return refusal('gateway/internal');
      const tool = judge.judge(asked, content.target, content.arguments);
      return isRefusal(tool) ? tool : new PageSubject(tool, found);
    },
  };
}

function foundIn({ call: { action } }: Asking): Found | undefined {
  return action.kind === 'result-page' ? action.found : undefined;
}

class PageSubject extends JudgedSubject {
  readonly #found: Found;

  constructor({ judged, tool }: JudgedTool, found: Found) {
    const subjectClass = { ...judged.subjectClass, effect: 'read', reversible: true } as const;
    const owner = { ...tool.server, credentials: [] };
    super({ ...judged, subjectClass }, undefined, { owner, manifest: tool.manifest });
    this.#found = found;
  }

  exchange(_: Exchanging, attempt: Attempt): Promise<Taken | Refusal> {
    const { result, page, call } = this.#found;
    attempt.details = { page, of: call };
    return Promise.resolve({ kind: 'answer', result, redactions: 0 });
  }

  fit(result: JsonObject): Buffer {
    return canonicalBytes(result);
  }
}
