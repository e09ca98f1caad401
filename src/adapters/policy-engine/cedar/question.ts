import type { DecisionInput } from '#kernel/decision.ts';
import { entityTypes, nameOf } from './names.ts';
import { callAction, otherAction, serverOf } from './schema.ts';
import { flowFacts } from './flow.ts';
import { personFacts } from './person.ts';
import type { Reads } from './reads.ts';
import type { RecordShape } from './shape.ts';
import type { Question } from './slots.ts';
import { jsonValues } from './json-values.ts';
import { UnjudgeableValue, cedarRecord, workOfOneCall } from './value.ts';

/** A target that some rule names. */
export interface TypedTarget {
  /** Undefined for what has no schema of its content. */
  readonly input: RecordShape | undefined;
  /** What of it any rule about this target reads. */
  readonly reads: Reads;
  readonly digest: string;
}

export interface Vocabulary {
  readonly typed: ReadonlyMap<string, TypedTarget>;
  /** Named by a rule, but not pinned or not configured when the rules were loaded. */
  readonly dormant: ReadonlySet<string>;
}

/** What the reference implementation is asked. Throws `UnjudgeableValue` for what cannot be judged: a deny. */
export function questionOf(input: DecisionInput, vocabulary: Vocabulary): Question {
  const name = nameOf(input.target);
  if (name === undefined) throw new UnjudgeableValue('this is the name of no target');
  const typed = typedTarget(input, name, vocabulary);
  const action = { type: 'Action', id: typed === undefined ? otherAction : name };
  const resource = { type: entityTypes[input.target.kind], id: name };
  return {
    principal: { type: 'Agent', id: input.agent },
    action,
    resource,
    context: {
      ...inputOf(typed, input.arguments),
      labels: [...input.labels],
      binding: input.binding,
      environment: input.environment,
      effect: input.effectClass,
      time: Math.trunc(input.time),
      ...(input.user === undefined ? {} : { user: input.user }),
      ...(input.person === undefined ? {} : { person: personFacts(input.person, input.time) }),
      ...(input.via === undefined ? {} : { via: [...input.via] }),
      ...(input.flow === undefined ? {} : { flow: flowFacts(input.flow) }),
    },
    entities: [
      { uid: action, attrs: {}, parents: [{ type: 'Action', id: callAction }] },
      {
        uid: resource,
        attrs: {
          owner: input.target.owner,
          server: serverOf(input.target),
          effect: input.effectClass,
          reversible: input.reversible,
          sensitivity: input.sensitivity,
        },
        parents: [],
      },
    ],
  };
}

function inputOf(typed: TypedTarget | undefined, args: DecisionInput['arguments']) {
  if (typed?.input === undefined) return {};
  const { input: shape, reads } = typed;
  const wanted = { shape, reads, work: workOfOneCall(), make: jsonValues };
  return { input: cedarRecord(wanted, args, 'input') };
}

/** Undefined for what no rule names. */
export function typedTarget(
  input: DecisionInput,
  name: string,
  vocabulary: Vocabulary,
): TypedTarget | undefined {
  const typed = vocabulary.typed.get(name);
  const { kind } = input.target;
  const how = kind === 'tool' ? 'pinned' : 'configured';
  if (typed !== undefined && typed.digest !== input.targetDigest) {
    throw new UnjudgeableValue(`the ${kind} was ${how} anew after the policies were loaded`);
  }
  if (vocabulary.dormant.has(name)) {
    throw new UnjudgeableValue(`the ${kind} was not ${how} yet when the policies were loaded`);
  }
  return typed;
}
