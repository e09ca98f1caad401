import type { DecisionInput, FlowFacts } from '#kernel/decision.ts';
import type { UserLeg } from '#kernel/principal.ts';
import {
  CedarSet,
  Decimal,
  type Entity,
  type EntityLookup,
  entityOf,
  EntityUid,
  type Request,
  type Value,
} from './compiled/index.ts';
import { exactDecimal } from './exact-decimal.ts';
import { flowFacts } from './flow.ts';
import { personFacts } from './person.ts';
import { entityTypes, nameOf } from './names.ts';
import { type TypedTarget, typedTarget, type Vocabulary } from './question.ts';
import { callAction, otherAction, serverOf } from './schema.ts';
import { untypedEntity } from './shape.ts';
import { cedarRecord, UnjudgeableValue, type ValueMaker, workOfOneCall } from './value.ts';

/** Values as the compiled rules read them. */
const values: ValueMaker<Value> = {
  present: new EntityUid(untypedEntity, 'present'),
  standIns: { string: '', long: 0, boolean: false, decimal: new Decimal(0) },
  emptySet: new CedarSet([]),
  text: (value) => value,
  long: (value) => value,
  boolean: (value) => value,
  decimal: exactDecimal,
  set: (items) => new CedarSet(items),
  record: (members) => members,
};

/** Every action is in the group of all calls, and in no other. */
const ofEveryCall: Entity = entityOf(new Map(), new Set([new EntityUid('Action', callAction).key]));
const untypedAction = new EntityUid('Action', otherAction);

/** The two entities of a call of which more is known than their names; made when a rule asks. */
class CallEntities implements EntityLookup {
  readonly #input: DecisionInput;
  readonly #action: EntityUid;
  readonly #resource: EntityUid;
  #made: Entity | undefined;

  constructor(input: DecisionInput, action: EntityUid, resource: EntityUid) {
    this.#input = input;
    this.#action = action;
    this.#resource = resource;
  }

  find(uid: EntityUid): Entity | undefined {
    if (uid === this.#action || uid.is(this.#action)) return ofEveryCall;
    if (uid !== this.#resource && !uid.is(this.#resource)) return undefined;
    this.#made ??= entityOf(attributesOf(this.#input));
    return this.#made;
  }
}

/** What compiled rules are asked. Throws `UnjudgeableValue` for what cannot be judged: a deny. */
export function requestOf(input: DecisionInput, vocabulary: Vocabulary): Request {
  const name = nameOf(input.target);
  if (name === undefined) throw new UnjudgeableValue('this is the name of no target');
  const typed = typedTarget(input, name, vocabulary);
  const action = typed === undefined ? untypedAction : new EntityUid('Action', name);
  const resource = new EntityUid(entityTypes[input.target.kind], name);
  return {
    principal: new EntityUid('Agent', wellFormed(input.agent)),
    action,
    resource,
    context: contextOf(input, typed),
    entities: new CallEntities(input, action, resource),
  };
}

function contextOf(input: DecisionInput, typed: TypedTarget | undefined): Map<string, Value> {
  const context = new Map<string, Value>();
  if (typed?.input !== undefined) {
    const { input: shape, reads } = typed;
    const wanted = { shape, reads, work: workOfOneCall(), make: values };
    context.set('input', cedarRecord(wanted, input.arguments, 'input'));
  }
  context.set('labels', new CedarSet(input.labels));
  context.set('binding', input.binding);
  context.set('environment', input.environment);
  context.set('effect', input.effectClass);
  context.set('time', Math.trunc(input.time));
  if (input.user !== undefined) context.set('user', wellFormed(input.user));
  if (input.person !== undefined) context.set('person', personOf(input.person, input.time));
  if (input.via !== undefined) context.set('via', new CedarSet(input.via.map(wellFormed)));
  if (input.flow !== undefined) context.set('flow', flowOf(input.flow));
  return context;
}

function personOf(person: UserLeg, now: number): Map<string, Value> {
  return new Map(
    Object.entries(personFacts(person, now)).map(([name, value]) => [
      name,
      typeof value === 'object' ? new CedarSet(value.map(wellFormed)) : checked(value),
    ]),
  );
}

function flowOf(flow: FlowFacts): Map<string, Value> {
  return new Map(
    Object.entries(flowFacts(flow)).map(([name, value]) => [
      name,
      typeof value === 'object' ? new CedarSet(value.map(wellFormed)) : value,
    ]),
  );
}

function checked(value: string | number): Value {
  return typeof value === 'string' ? wellFormed(value) : value;
}

function attributesOf({
  target,
  effectClass,
  reversible,
  sensitivity,
}: DecisionInput): Map<string, Value> {
  return new Map<string, Value>([
    ['owner', target.owner],
    ['server', serverOf(target)],
    ['effect', effectClass],
    ['reversible', reversible],
    ['sensitivity', sensitivity],
  ]);
}

/** INVARIANT: half a surrogate pair is in no value; Cedar has no such text to compare it with. */
function wellFormed(name: string): string {
  if (name.isWellFormed()) return name;
  throw new UnjudgeableValue('a name has half of a surrogate pair');
}
