import type { ActionType, SchemaJson, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs';
import { cedarType, type RecordShape } from './shape.ts';

/** The group that every tool is in, and the action of every tool that no rule names. */
export const callAction = 'call';
export const otherAction = 'other';

const text = { type: 'String' } as const;

function contextAttributes(
  input: RecordShape | undefined,
): Record<string, TypeOfAttribute<string>> {
  return {
    ...(input === undefined ? {} : { input: cedarType(input) }),
    labels: { type: 'Set', element: text },
    binding: text,
    environment: text,
    effect: text,
    time: { type: 'Long' },
    user: { ...text, required: false },
  };
}

function callOf(input: RecordShape | undefined): ActionType<string> {
  return {
    memberOf: [{ id: callAction }],
    appliesTo: {
      principalTypes: ['Agent'],
      resourceTypes: ['Tool'],
      context: { type: 'Record', attributes: contextAttributes(input) },
    },
  };
}

/**
 * The types that rules are validated against. A named tool that is not pinned is an action that
 * applies to nothing: its rules are legal and dormant until a definition is approved.
 */
export function cedarSchema(
  pinned: ReadonlyMap<string, RecordShape>,
  dormant: ReadonlySet<string>,
): SchemaJson<string> {
  const actions: Record<string, ActionType<string>> = Object.create(null);
  actions[callAction] = {};
  actions[otherAction] = callOf(undefined);
  for (const [name, input] of pinned) actions[name] = callOf(input);
  for (const name of dormant) actions[name] = { memberOf: [{ id: callAction }] };
  const tool = { server: text, effect: text, reversible: { type: 'Boolean' }, sensitivity: text };
  return {
    '': {
      entityTypes: {
        Agent: {},
        Tool: { shape: { type: 'Record', attributes: tool } },
      },
      actions,
    },
  };
}
