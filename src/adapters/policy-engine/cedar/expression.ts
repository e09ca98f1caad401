import type { Path } from './reads.ts';
import { untypedEntity } from './shape.ts';

/** What a rule says outside its annotations, found in Cedar's own JSON form of it. */
export interface Reading {
  readonly actions: ReadonlySet<string>;
  readonly depth: number;
  /** An integer that JavaScript cannot hold: it would not be what the author wrote. */
  readonly unsafeInteger: boolean;
  /** It may read `context.time`. */
  readonly readsTime: boolean;
  /** Every chain of names from a variable, as long as it goes. */
  readonly paths: readonly Path[];
  /** It asks for a member of something that is no such chain: what exists there is not known. */
  readonly readsIndirectly: boolean;
  readonly namesUntyped: boolean;
  /** Every other entity that is named. */
  readonly entities: readonly Entity[];
}

export interface Entity {
  readonly type: string;
  readonly id: string;
}

interface Step {
  readonly value: unknown;
  readonly level: number;
}

interface Found {
  readonly actions: Set<string>;
  readonly paths: Path[];
  unsafeInteger: boolean;
  readsIndirectly: boolean;
  namesUntyped: boolean;
  readonly entities: Entity[];
}

/** Walks with its own stack: text decides how deep this goes. */
export function readExpression(root: unknown): Reading {
  const found: Found = {
    actions: new Set(),
    paths: [],
    unsafeInteger: false,
    readsIndirectly: false,
    namesUntyped: false,
    entities: [],
  };
  let depth = 0;
  const open: Step[] = [{ value: root, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, level } = next;
    if (level > depth) depth = level;
    const children = visit(value, found);
    for (const child of children) {
      open.push({ value: child.value, level: level + child.down });
    }
  }
  return { ...found, depth, readsTime: found.paths.some(mayReadTime) };
}

interface Child {
  readonly value: unknown;
  readonly down: number;
}

function visit(value: unknown, found: Found): readonly Child[] {
  if (isUnsafeNumber(value)) found.unsafeInteger = true;
  if (typeof value !== 'object' || value === null) return [];
  noteEntity(value, found);
  const variable = variableOf(value);
  if (variable !== undefined) {
    found.paths.push({ kind: 'get', root: variable, names: [] });
    return [];
  }
  const chain = chainOf(value);
  if (chain !== undefined) {
    if (chain.root !== undefined) found.paths.push({ ...chain.path, root: chain.root });
    else found.readsIndirectly = true;
    return [{ value: chain.root === undefined ? chain.below : undefined, down: chain.length }];
  }
  return Object.values(value).map((child: unknown) => ({ value: child, down: 1 }));
}

function isUnsafeNumber(value: unknown): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isSafeInteger(value));
}

/** Entities stand as `{ type, id }`, types after `is` as `entity_type`. */
function noteEntity(value: object, found: Found): void {
  if ('entity_type' in value && value.entity_type === untypedEntity) found.namesUntyped = true;
  if (!('type' in value) || !('id' in value)) return;
  if (value.type === untypedEntity) found.namesUntyped = true;
  if (typeof value.type !== 'string' || typeof value.id !== 'string') return;
  if (value.type === 'Action') found.actions.add(value.id);
  else found.entities.push({ type: value.type, id: value.id });
}

interface Chain {
  readonly path: Pick<Path, 'kind' | 'names'>;
  readonly root: string | undefined;
  /** What it starts from when that is no variable. */
  readonly below: unknown;
  /** Levels of the expression that it takes. */
  readonly length: number;
}

/** `{".": {left, attr}}` inside one another, under a `{has: {left, attr}}` or not. */
function chainOf(value: object): Chain | undefined {
  const names: string[] = [];
  let kind: Path['kind'] | undefined;
  let at: unknown = value;
  let length = 0;
  for (let access = accessOf(at); access !== undefined; access = accessOf(at)) {
    // `has` stands at the end only; inside, its answer is a boolean that has no members.
    if (access.kind === 'has' && kind !== undefined) break;
    kind ??= access.kind;
    names.unshift(...access.names);
    at = access.left;
    length += 2;
  }
  if (kind === undefined) return undefined;
  const root = typeof at === 'object' && at !== null ? variableOf(at) : undefined;
  return { path: { kind, names }, root, below: at, length };
}

interface Access {
  readonly kind: Path['kind'];
  readonly left: unknown;
  readonly names: readonly string[];
}

function accessOf(value: unknown): Access | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('.' in value) return partsOf('get', value['.']);
  return 'has' in value ? partsOf('has', value.has) : undefined;
}

function partsOf(kind: Path['kind'], inside: unknown): Access | undefined {
  if (typeof inside !== 'object' || inside === null) return undefined;
  if (!('left' in inside) || !('attr' in inside)) return undefined;
  const names: unknown[] = Array.isArray(inside.attr) ? inside.attr : [inside.attr];
  return names.every((name) => typeof name === 'string')
    ? { kind, left: inside.left, names }
    : undefined;
}

function variableOf(value: object): string | undefined {
  return 'Var' in value && typeof value.Var === 'string' ? value.Var : undefined;
}

/** The context as a whole, such as in `context == {…}`, holds the time as well. */
function mayReadTime({ root, names }: Path): boolean {
  return root === 'context' && (names.length === 0 || names[0] === 'time');
}
