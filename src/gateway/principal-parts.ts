import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { type Actor, actorChain, type Principal, type UserLeg } from '#kernel/principal.ts';
import type { FactsPart, FourQuestions, RecordedScope } from '#kernel/record.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
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
  /** What rules and bounds go by beside the chain; undefined of an agent for itself in a whole task. */
  readonly facts: FactsPart | undefined;
  readonly #principal: Principal;
  #last: FourQuestions | undefined;

  constructor(principal: Principal) {
    this.#principal = principal;
    this.actors = keepText(actorChain(principal));
    this.facts = factsOf(principal);
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

function factsOf({ user, scope }: Principal): FactsPart | undefined {
  const narrowed = scope === undefined ? undefined : recordedScope(scope);
  if (user === undefined && narrowed === undefined) return undefined;
  return keepText({
    ...(user === undefined ? {} : { user: userFacts(user) }),
    ...(narrowed === undefined ? {} : { scope: narrowed }),
  });
}

/** INVARIANT: of claims no value in plain: they may be anything that a provider says of somebody. */
function userFacts(user: UserLeg): NonNullable<FactsPart['user']> {
  const { issuer, groups, acr, amr, signedInAt, marks = [] } = user;
  return {
    issuer,
    groups,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(signedInAt === undefined ? {} : { signedInAt }),
    ...(marks.length === 0 ? {} : { claims: marks }),
  };
}

/** A record holds 64 KiB; what narrows a task is copied into each of its decisions. */
const mostOfScope = 8_192;

/** Amounts are counted elsewhere, and decide nothing here. */
function recordedScope({ targets, effects }: TaskScope): RecordedScope | undefined {
  if (targets === undefined && effects === undefined) return undefined;
  const told = {
    ...(targets === undefined ? {} : { targets }),
    ...(effects === undefined ? {} : { effects }),
  };
  const text = canonicalText(told as unknown as Json);
  if (text.length <= mostOfScope) return structuredClone(told);
  return { digest: sha256Hex(text) };
}

function saysTheSame(one: FourQuestions, other: FourQuestions): boolean {
  return (
    one.asks === other.asks &&
    one.canInvoke === other.canInvoke &&
    one.withoutHuman === other.withoutHuman &&
    one.who === other.who
  );
}
