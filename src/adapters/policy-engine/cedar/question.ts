import type { DecisionInput } from '#kernel/decision.ts';
import { targetLabel } from '#kernel/target.ts';
import { otherAction, callAction } from './schema.ts';
import type { Reads } from './reads.ts';
import type { RecordShape } from './shape.ts';
import type { Question } from './slots.ts';
import { UnjudgeableValue, cedarRecord, workOfOneCall } from './value.ts';

/** A pinned tool that some rule names. */
export interface TypedTool {
  readonly input: RecordShape;
  /** What of it any rule about this tool reads. */
  readonly reads: Reads;
  readonly digest: string;
}

export interface Vocabulary {
  readonly typed: ReadonlyMap<string, TypedTool>;
  /** Named by a rule, but without a pinned definition when the rules were loaded. */
  readonly dormant: ReadonlySet<string>;
}

/** What the engine is asked. Throws `UnjudgeableValue` for what cannot be judged: a deny. */
export function questionOf(input: DecisionInput, vocabulary: Vocabulary): Question {
  const name = targetLabel(input.target);
  const typed = typedTool(input, name, vocabulary);
  const action = { type: 'Action', id: typed === undefined ? otherAction : name };
  const resource = { type: 'Tool', id: name };
  return {
    principal: { type: 'Agent', id: input.agent },
    action,
    resource,
    context: {
      ...(typed === undefined ? {} : { input: inputOf(typed, input.arguments) }),
      labels: [...input.labels],
      binding: input.binding,
      environment: input.environment,
      effect: input.effectClass,
      time: Math.trunc(input.time),
      ...(input.user === undefined ? {} : { user: input.user }),
    },
    entities: [
      { uid: action, attrs: {}, parents: [{ type: 'Action', id: callAction }] },
      {
        uid: resource,
        attrs: {
          server: input.target.owner,
          effect: input.effectClass,
          reversible: input.reversible,
          sensitivity: input.sensitivity,
        },
        parents: [],
      },
    ],
  };
}

function inputOf({ input: shape, reads }: TypedTool, args: DecisionInput['arguments']) {
  return cedarRecord({ shape, reads, work: workOfOneCall() }, args, 'input');
}

function typedTool(
  input: DecisionInput,
  name: string,
  vocabulary: Vocabulary,
): TypedTool | undefined {
  const typed = vocabulary.typed.get(name);
  if (typed !== undefined && typed.digest !== input.targetDigest) {
    throw new UnjudgeableValue('the tool was pinned anew after the policies were loaded');
  }
  if (vocabulary.dormant.has(name)) {
    throw new UnjudgeableValue('the tool was not pinned yet when the policies were loaded');
  }
  return typed;
}
