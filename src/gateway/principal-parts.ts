import { type Actor, actorChain, type Principal } from '#kernel/principal.ts';
import type { FourQuestions } from '#kernel/record.ts';
import { type AskedAbout, keepText, questionsFor } from '#planes/audit/index.ts';

type Asked = Omit<AskedAbout, 'principal'>;

const known = new WeakMap<Principal, PrincipalParts>();

/**
 * What the records of one principal say of it: made and encoded once, because identity gives out the
 * same object call after call. INVARIANT: nobody can change a principal once something was made of it.
 */
export function partsOf(principal: Principal): PrincipalParts {
  let parts = known.get(principal);
  if (parts === undefined) {
    parts = new PrincipalParts(Object.freeze(principal));
    known.set(principal, parts);
  }
  return parts;
}

class PrincipalParts {
  readonly actors: readonly Actor[];
  readonly #principal: Principal;
  #last: FourQuestions | undefined;

  constructor(principal: Principal) {
    this.#principal = principal;
    this.actors = keepText(actorChain(principal));
  }

  /** The outcome of a call says what its intent said, and mostly what the call before it said. */
  questions(asked: Asked): FourQuestions {
    const made = questionsFor({ ...asked, principal: this.#principal });
    const last = this.#last;
    if (last !== undefined && saysTheSame(last, made)) return last;
    this.#last = keepText(made);
    return made;
  }
}

function saysTheSame(one: FourQuestions, other: FourQuestions): boolean {
  return (
    one.asks === other.asks &&
    one.canInvoke === other.canInvoke &&
    one.withoutHuman === other.withoutHuman &&
    one.who === other.who
  );
}
