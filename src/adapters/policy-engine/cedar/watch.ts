import type { PolicyDoubt, PolicyHealth } from '#contracts/policy-engine.ts';

/** What is known of how well the rules are judged; shared by all sets of one engine. */
export interface Watch {
  /** What is doubted has another digest: a decision names what decided. */
  readonly renames: boolean;
  /** The compiled rules of this tenant are believed no more, until the program ends. */
  doubts(tenant: string): boolean;
  doubt(doubt: PolicyDoubt): void;
  /** Notes whether there was an answer. */
  asking<Answer>(ask: () => Answer | Promise<Answer>): Answer | Promise<Answer>;
  health(): PolicyHealth;
}

/** `onDoubt` is told of the first of each tenant: what comes after it says nothing new. */
export function createWatch(onDoubt: (doubt: PolicyDoubt) => void): Watch {
  const doubted = new Map<string, PolicyDoubt>();
  let answers = true;
  const ask = <Answer>(asked: () => Answer | Promise<Answer>): Answer | Promise<Answer> => {
    const answer = asked();
    if (!(answer instanceof Promise)) return noted(answer);
    return answer.then(noted, (fault: unknown) => {
      answers = false;
      throw fault;
    });
  };
  const noted = <Answer>(answer: Answer): Answer => {
    answers = true;
    return answer;
  };
  return {
    renames: true,
    doubts: (tenant) => doubted.size > 0 && doubted.has(tenant),
    doubt(doubt) {
      if (doubted.has(doubt.tenant)) return;
      doubted.set(doubt.tenant, doubt);
      onDoubt(doubt);
    },
    asking(asked) {
      try {
        return ask(asked);
      } catch (fault) {
        answers = false;
        throw fault;
      }
    },
    health: () => ({ oracleAnswers: answers, doubts: [...doubted.values()] }),
  };
}
