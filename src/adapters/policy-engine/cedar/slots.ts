import type {
  AuthorizationAnswer,
  StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm/nodejs';
import { CedarFault } from './fault.ts';
import type { CedarRuntime } from './runtime.ts';

/** One judged set of rules, as text that can be parsed again at any time. */
export interface Bundle {
  readonly tenant: string;
  /** By rule id. Every rule says `permit` here; see `source.ts`. */
  readonly rules: Readonly<Record<string, string>>;
}

export function questionsOf(
  rules: readonly { readonly id: string; readonly question: string }[],
): Bundle['rules'] {
  return Object.fromEntries(rules.map(({ id, question }) => [id, question]));
}

export type Question = Omit<StatefulAuthorizationCall, 'preparsedPolicySetId'>;

export interface Slots {
  /** Parses it now, so that no call has to wait for it. */
  prepare(bundle: Bundle): void;
  ask(bundle: Bundle, question: Question): AuthorizationAnswer;
}

interface Slot {
  readonly id: string;
  bundle: Bundle | undefined;
  generation: number;
  usedAt: number;
}

/**
 * The engine keeps what was preparsed until the process ends, so each tenant has exactly two
 * names, used in turn. INVARIANT: a bundle is only ever asked in a slot that holds this bundle in
 * this instance; when a third bundle took its place (a plan next to the live one), it is parsed
 * again instead of being answered by somebody else's rules.
 */
export function createSlots(runtime: CedarRuntime): Slots {
  const byTenant = new Map<string, readonly [Slot, Slot]>();
  let uses = 0;

  function slotsOf(tenant: string): readonly [Slot, Slot] {
    const known = byTenant.get(tenant);
    if (known !== undefined) return known;
    const empty = { bundle: undefined, generation: -1, usedAt: 0 };
    const made = [
      { ...empty, id: `${tenant}/A` },
      { ...empty, id: `${tenant}/B` },
    ] as const;
    byTenant.set(tenant, made);
    return made;
  }

  function residence(bundle: Bundle): Slot {
    const [a, b] = slotsOf(bundle.tenant);
    for (const slot of [a, b]) {
      if (slot.bundle === bundle && slot.generation === runtime.generation) return slot;
    }
    const slot = a.usedAt <= b.usedAt ? a : b;
    slot.bundle = undefined;
    const answer = runtime.run((cedar) =>
      cedar.preparsePolicySet(slot.id, { staticPolicies: { ...bundle.rules } }),
    );
    if (answer.type === 'failure') throw new CedarFault('the rules could not be parsed again');
    slot.bundle = bundle;
    slot.generation = runtime.generation;
    return slot;
  }

  return {
    prepare: (bundle) => void residence(bundle),
    ask(bundle, question) {
      const slot = residence(bundle);
      uses += 1;
      slot.usedAt = uses;
      return runtime.run((cedar) =>
        cedar.statefulIsAuthorized({ ...question, preparsedPolicySetId: slot.id }),
      );
    },
  };
}
