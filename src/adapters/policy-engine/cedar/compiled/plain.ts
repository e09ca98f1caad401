import type { PlainExpression, PlainRule, PlainScope, PlainUid } from './form.ts';
import { folded } from './fold.ts';
import { NoCedarValue, uidOf } from './from-json.ts';
import { FallsBack, listOf, membersOf, plainExpression, textOf } from './plain-expression.ts';

/** What takes the place of the slots of a template, such as `?principal`. */
export type Slots = Readonly<Record<string, unknown>>;

export type Plain =
  | { readonly kind: 'compiled'; readonly plain: PlainRule }
  | { readonly kind: 'falls-back'; readonly why: string };

/**
 * A rule from Cedar's JSON form. INVARIANT: a form that is not known through and through falls back
 * by name; nothing of it is passed over. Annotations are for others.
 */
export function plainRule(id: string, est: unknown, slots: Slots = {}): Plain {
  try {
    return { kind: 'compiled', plain: read(id, est, slots) };
  } catch (fault) {
    if (fault instanceof FallsBack || fault instanceof NoCedarValue) {
      return { kind: 'falls-back', why: fault.message };
    }
    throw fault;
  }
}

function read(id: string, est: unknown, slots: Slots): PlainRule {
  const { effect, principal, action, resource, conditions, ...rest } = membersOf(est);
  if (effect !== 'permit' && effect !== 'forbid') throw new FallsBack('an effect is not known');
  for (const name of Object.keys(rest)) {
    if (name !== 'annotations') throw new FallsBack(`\`${name}\` of a rule is not known`);
  }
  return {
    id,
    effect,
    principal: scope(membersOf(principal), slots),
    action: actionScope(membersOf(action), slots),
    resource: scope(membersOf(resource), slots),
    condition: folded({ op: 'all', parts: listOf(conditions).flatMap(clause) }),
  };
}

function clause(json: unknown): readonly PlainExpression[] {
  const { kind, body } = membersOf(json);
  const condition = plainExpression(body);
  if (kind === 'unless') return [folded({ op: 'unary', by: '!', argument: condition })];
  if (kind !== 'when') throw new FallsBack('a condition is neither `when` nor `unless`');
  return condition.op === 'all' ? condition.parts : [condition];
}

type Members = Readonly<Record<string, unknown>>;

function scope(json: Members, slots: Slots): PlainScope {
  switch (json['op']) {
    case 'All':
      return { op: 'all' };
    case '==':
      return { op: '==', entity: entity(json, slots) };
    case 'in':
      return { op: 'in', entities: entities(json, slots) };
    case 'is': {
      const type = textOf(json['entity_type']);
      const above = json['in'];
      if (above === undefined || above === null) return { op: 'is', type };
      return { op: 'is', type, in: entity(membersOf(above), slots) };
    }
    default:
      throw new FallsBack('a constraint of the head is not known');
  }
}

/** Cedar has no head that limits actions by their type. */
function actionScope(json: Members, slots: Slots): PlainScope {
  if (json['op'] === 'is') throw new FallsBack('a constraint of the head is not known');
  return scope(json, slots);
}

function entities(json: Members, slots: Slots): readonly PlainUid[] {
  return Object.hasOwn(json, 'entities')
    ? listOf(json['entities']).map(plainUid)
    : [entity(json, slots)];
}

function entity(json: Members, slots: Slots): PlainUid {
  if (!Object.hasOwn(json, 'slot')) return plainUid(json['entity']);
  const slot = textOf(json['slot']);
  if (!Object.hasOwn(slots, slot)) throw new FallsBack(`nothing fills the slot \`${slot}\``);
  return plainUid(slots[slot]);
}

function plainUid(json: unknown): PlainUid {
  const { type, id } = uidOf(json);
  return { type, id };
}
