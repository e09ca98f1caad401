import type { Env, Node } from './env.ts';
import type { PlainScope, PlainUid } from './form.ts';
import { EntityUid, Failure, type Primitive, type Result } from './values.ts';

export interface Scopes {
  readonly action: PlainScope;
  readonly principal: PlainScope;
  readonly resource: PlainScope;
}

/** A rule whose condition is false, or an error, unless what is read is this value. */
export interface Test {
  readonly chain: string;
  readonly read: Node;
  readonly value: Primitive;
}

export interface RuleIndex<Rule> {
  add(scopes: Scopes, test: Test | undefined, rule: Rule): void;
  /** Every rule that may apply or be an error, in lists; one rule can be in several of them. */
  candidates(env: Env): readonly (readonly Rule[])[];
}

/** Rules that ask the same thing first, by the answer that lets them go on. */
interface Tested<Rule> {
  readonly read: Node;
  readonly byValue: Map<Result, Rule[]>;
  readonly all: Rule[];
}

/** Rules about one action or group: by the one principal or resource that they name, or their first test. */
interface Group<Rule> {
  readonly byPrincipal: Map<string, Rule[]>;
  readonly byResource: Map<string, Rule[]>;
  readonly byTest: Map<string, Tested<Rule>>;
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
    add(scopes, test, rule) {
      for (const group of groupsOf(scopes.action)) put(group, scopes, test, rule);
    },
    candidates(env) {
      const found: (readonly Rule[])[] = [];
      take(found, anyAction, env);
      const { action, entities } = env.request;
      take(found, exactly.get(action.key), env);
      if (below.size === 0) return found;
      take(found, below.get(action.key), env);
      const above = entities.find(action)?.ancestors;
      if (above === undefined) return found;
      // Whoever gives an action as above itself is not answered twice.
      for (const one of above) if (one !== action.key) take(found, below.get(one), env);
      return found;
    },
  };
}

function put<Rule>(
  group: Group<Rule>,
  { principal, resource }: Scopes,
  test: Test | undefined,
  rule: Rule,
): void {
  if (principal.op === '==') listAt(group.byPrincipal, keyOf(principal.entity)).push(rule);
  else if (resource.op === '==') listAt(group.byResource, keyOf(resource.entity)).push(rule);
  else if (test === undefined) group.others.push(rule);
  else {
    const tested = testedAt(group.byTest, test);
    listAt(tested.byValue, test.value).push(rule);
    tested.all.push(rule);
  }
}

function take<Rule>(found: (readonly Rule[])[], group: Group<Rule> | undefined, env: Env): void {
  if (group === undefined) return;
  if (group.others.length > 0) found.push(group.others);
  const { principal, resource } = env.request;
  if (group.byPrincipal.size > 0) takeAt(found, group.byPrincipal, principal.key);
  if (group.byResource.size > 0) takeAt(found, group.byResource, resource.key);
  for (const { read, byValue, all } of group.byTest.values()) {
    const value = read(env);
    // Where it cannot be read, each of them is an error.
    if (value instanceof Failure) found.push(all);
    else takeAt(found, byValue, value);
  }
}

function takeAt<Key, Rule>(
  found: (readonly Rule[])[],
  lists: ReadonlyMap<Key, readonly Rule[]>,
  key: Key,
): void {
  const list = lists.get(key);
  if (list !== undefined) found.push(list);
}

function newGroup<Rule>(): Group<Rule> {
  return { byPrincipal: new Map(), byResource: new Map(), byTest: new Map(), others: [] };
}

function testedAt<Rule>(tests: Map<string, Tested<Rule>>, { chain, read }: Test): Tested<Rule> {
  const known = tests.get(chain);
  if (known !== undefined) return known;
  const made: Tested<Rule> = { read, byValue: new Map(), all: [] };
  tests.set(chain, made);
  return made;
}

function groupAt<Rule>(groups: Map<string, Group<Rule>>, entity: PlainUid): Group<Rule> {
  const key = keyOf(entity);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const made = newGroup<Rule>();
  groups.set(key, made);
  return made;
}

function listAt<Key, Rule>(lists: Map<Key, Rule[]>, key: Key): Rule[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made: Rule[] = [];
  lists.set(key, made);
  return made;
}

function keyOf({ type, id }: PlainUid): string {
  return new EntityUid(type, id).key;
}
