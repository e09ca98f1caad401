import type { Request } from './env.ts';
import type { PlainScope, PlainUid } from './form.ts';
import { EntityUid } from './values.ts';

export interface Indexed {
  readonly id: string;
  /** The last request in which it was looked at. */
  turn: number;
}

export interface Scopes {
  readonly action: PlainScope;
  readonly principal: PlainScope;
  readonly resource: PlainScope;
}

export interface RuleIndex<Rule> {
  /** `make` hears which part of the head is settled by where the rule is found; the action always is. */
  add(scopes: Scopes, make: (settled: 'principal' | 'resource' | undefined) => Rule): void;
  /** Every rule whose head may fit, in lists; one rule can be in several of them. */
  candidates(request: Request): readonly (readonly Rule[])[];
}

/** Rules about one action or group, by the one principal or resource that they name. */
interface Group<Rule> {
  readonly byPrincipal: Map<string, Rule[]>;
  readonly byResource: Map<string, Rule[]>;
  readonly others: Rule[];
}

/** INVARIANT: what is not among the candidates has a head that does not fit. Rules about other actions cost nothing. */
export function createIndex<Rule>(): RuleIndex<Rule> {
  const anyAction = newGroup<Rule>();
  const exactly = new Map<string, Group<Rule>>();
  const below = new Map<string, Group<Rule>>();

  function groupsOf(action: PlainScope): readonly Group<Rule>[] {
    switch (action.op) {
      case 'all':
        return [anyAction];
      case '==':
        return [groupAt(exactly, action.entity)];
      case 'in':
        return action.entities.map((entity) => groupAt(below, entity));
      case 'is':
        // Cedar has no such head for actions.
        throw new RangeError('an action is limited by its type');
    }
  }

  return {
    add({ action, principal, resource }, make) {
      const settled =
        principal.op === '==' ? 'principal' : resource.op === '==' ? 'resource' : undefined;
      const rule = make(settled);
      for (const group of groupsOf(action)) {
        if (principal.op === '==') listAt(group.byPrincipal, keyOf(principal.entity)).push(rule);
        else if (resource.op === '==') listAt(group.byResource, keyOf(resource.entity)).push(rule);
        else group.others.push(rule);
      }
    },
    candidates(request) {
      const found: (readonly Rule[])[] = [];
      take(found, anyAction, request);
      const { key } = request.action;
      take(found, exactly.get(key), request);
      if (below.size === 0) return found;
      take(found, below.get(key), request);
      const above = request.entities.find(request.action)?.ancestors;
      if (above !== undefined) for (const one of above) take(found, below.get(one), request);
      return found;
    },
  };
}

function take<Rule>(
  found: (readonly Rule[])[],
  group: Group<Rule> | undefined,
  { principal, resource }: Request,
): void {
  if (group === undefined) return;
  if (group.others.length > 0) found.push(group.others);
  const ofPrincipal = group.byPrincipal.size > 0 ? group.byPrincipal.get(principal.key) : undefined;
  if (ofPrincipal !== undefined) found.push(ofPrincipal);
  const ofResource = group.byResource.size > 0 ? group.byResource.get(resource.key) : undefined;
  if (ofResource !== undefined) found.push(ofResource);
}

function newGroup<Rule>(): Group<Rule> {
  return { byPrincipal: new Map(), byResource: new Map(), others: [] };
}

function groupAt<Rule>(groups: Map<string, Group<Rule>>, entity: PlainUid): Group<Rule> {
  const key = keyOf(entity);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const made = newGroup<Rule>();
  groups.set(key, made);
  return made;
}

function listAt<Rule>(lists: Map<string, Rule[]>, key: string): Rule[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made: Rule[] = [];
  lists.set(key, made);
  return made;
}

function keyOf({ type, id }: PlainUid): string {
  return new EntityUid(type, id).key;
}
