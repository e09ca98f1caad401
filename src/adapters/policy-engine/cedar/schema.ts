import type { ActionType, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';
import {
  type AttributeShape,
  cedarAttributes,
  type RecordShape,
  recordOf,
  untypedEntity,
} from './shape.ts';

/** The group that every tool is in, and the action of every tool that no rule names. */
export const callAction = 'call';
export const otherAction = 'other';

const always: readonly (readonly [string, AttributeShape])[] = [
  ['labels', { shape: { kind: 'set', element: { kind: 'string' } }, required: true }],
  ['binding', { shape: { kind: 'string' }, required: true }],
  ['environment', { shape: { kind: 'string' }, required: true }],
  ['effect', { shape: { kind: 'string' }, required: true }],
  ['time', { shape: { kind: 'long' }, required: true }],
  ['user', { shape: { kind: 'string' }, required: false }],
];

/** `context` in a call of a tool that a rule names, or of any other. */
export function contextShape(input: RecordShape | undefined): RecordShape {
  return recordOf(
    input === undefined ? always : [['input', { shape: input, required: true }], ...always],
  );
}

export const toolShape: RecordShape = recordOf([
  ['server', { shape: { kind: 'string' }, required: true }],
  ['effect', { shape: { kind: 'string' }, required: true }],
  ['reversible', { shape: { kind: 'boolean' }, required: true }],
  ['sensitivity', { shape: { kind: 'string' }, required: true }],
]);

export const agentShape: RecordShape = recordOf([]);

function callOf(input: RecordShape | undefined): ActionType<string> {
  return {
    memberOf: [{ id: callAction }],
    appliesTo: {
      principalTypes: ['Agent'],
      resourceTypes: ['Tool'],
      context: { type: 'Record', attributes: cedarAttributes(contextShape(input)) },
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
  return {
    '': {
      entityTypes: {
        Agent: {},
        Tool: { shape: { type: 'Record', attributes: cedarAttributes(toolShape) } },
        [untypedEntity]: {},
      },
      actions,
    },
  };
}
