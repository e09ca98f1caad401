import type { ActionType, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Target, TargetKind } from '#kernel/target.ts';
import { entityTypes, targetNamed } from './names.ts';
import {
  type AttributeShape,
  cedarAttributes,
  type RecordShape,
  recordOf,
  type Shape,
  untypedEntity,
} from './shape.ts';

/** The group that every target is in, and the action of every target that no rule names. */
export const callAction = 'call';
export const otherAction = 'other';

const texts: Shape = { kind: 'set', element: { kind: 'string' } };

/** Whom the agent acts for, as the identity provider says it; `authAge` in seconds. */
const personShape: RecordShape = recordOf([
  ['issuer', { shape: { kind: 'string' }, required: true }],
  ['groups', { shape: texts, required: true }],
  ['amr', { shape: texts, required: true }],
  ['claims', { shape: texts, required: true }],
  ['acr', { shape: { kind: 'string' }, required: false }],
  ['authAge', { shape: { kind: 'long' }, required: false }],
]);

/** Where the values of a call came from, of a tool whose document declares it. */
const flowShape: RecordShape = recordOf([
  ['verdict', { shape: { kind: 'string' }, required: true }],
  ['intent', { shape: { kind: 'boolean' }, required: true }],
  ['kinds', { shape: texts, required: true }],
  ['whys', { shape: texts, required: true }],
  ['origins', { shape: texts, required: true }],
  ['leaks', { shape: texts, required: true }],
  ['scope', { shape: { kind: 'string' }, required: true }],
  ['outside', { shape: texts, required: true }],
  ['bulk', { shape: texts, required: true }],
  ['bulkRefuses', { shape: { kind: 'boolean' }, required: true }],
  ['rows', { shape: { kind: 'long' }, required: true }],
  ['bytes', { shape: { kind: 'long' }, required: true }],
  ['windowRows', { shape: { kind: 'long' }, required: true }],
  ['windowBytes', { shape: { kind: 'long' }, required: true }],
  ['windowCalls', { shape: { kind: 'long' }, required: true }],
]);

const always: readonly (readonly [string, AttributeShape])[] = [
  ['labels', { shape: { kind: 'set', element: { kind: 'string' } }, required: true }],
  ['binding', { shape: { kind: 'string' }, required: true }],
  ['environment', { shape: { kind: 'string' }, required: true }],
  ['effect', { shape: { kind: 'string' }, required: true }],
  ['time', { shape: { kind: 'long' }, required: true }],
  ['user', { shape: { kind: 'string' }, required: false }],
  ['person', { shape: personShape, required: false }],
  ['via', { shape: texts, required: false }],
  ['flow', { shape: flowShape, required: false }],
];

/** `context` in a call of a target that a rule names and that has a schema, or of any other. */
export function contextShape(input: RecordShape | undefined): RecordShape {
  return recordOf(
    input === undefined ? always : [['input', { shape: input, required: true }], ...always],
  );
}

/**
 * The same for every kind, so that a rule which names none is about all of them. `server` is the tool
 * server of a tool, a resource or a prompt; what has none has an empty one, which no server is.
 */
export const resourceShape: RecordShape = recordOf([
  ['owner', { shape: { kind: 'string' }, required: true }],
  ['server', { shape: { kind: 'string' }, required: true }],
  ['effect', { shape: { kind: 'string' }, required: true }],
  ['reversible', { shape: { kind: 'boolean' }, required: true }],
  ['sensitivity', { shape: { kind: 'string' }, required: true }],
]);

export const agentShape: RecordShape = recordOf([]);

const ofServers: ReadonlySet<TargetKind> = new Set(['tool', 'resource', 'prompt']);

export function serverOf({ kind, owner }: Target): string {
  return ofServers.has(kind) ? owner : '';
}

function callOf(
  resourceTypes: readonly string[],
  input: RecordShape | undefined,
): ActionType<string> {
  return {
    memberOf: [{ id: callAction }],
    appliesTo: {
      principalTypes: ['Agent'],
      resourceTypes: [...resourceTypes],
      context: { type: 'Record', attributes: cedarAttributes(contextShape(input)) },
    },
  };
}

/**
 * The types that rules are validated against. A named target that is not there yet is an action that
 * applies to nothing: its rules are legal and dormant until it is.
 */
export function cedarSchema(
  named: ReadonlyMap<string, RecordShape | undefined>,
  dormant: ReadonlySet<string>,
): SchemaJson<string> {
  const actions: Record<string, ActionType<string>> = Object.create(null);
  actions[callAction] = {};
  const types = Object.values(entityTypes);
  actions[otherAction] = callOf(types, undefined);
  for (const [name, input] of named) actions[name] = callOf(typesOf(name), input);
  for (const name of dormant) actions[name] = { memberOf: [{ id: callAction }] };
  const shape = { type: 'Record', attributes: cedarAttributes(resourceShape) } as const;
  return {
    '': {
      entityTypes: {
        Agent: {},
        ...Object.fromEntries(types.map((type) => [type, { shape }])),
        [untypedEntity]: {},
      },
      actions,
    },
  };
}

/** An action is of one kind, so a rule that names it and another kind can never apply. */
function typesOf(name: string): readonly string[] {
  const target = targetNamed(name);
  return target === undefined ? [] : [entityTypes[target.kind]];
}
