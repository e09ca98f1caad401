/** What rules read of a record: all of it, or some members. A member without more: that it is there. */
export type Reads = 'all' | ReadonlyMap<string, Reads>;

type Tree = Map<string, Tree | 'all'>;

/** One chain of names from a variable of Cedar, such as `context.input.to` or `context has user`. */
export interface Path {
  readonly kind: 'get' | 'has';
  readonly root: string;
  readonly names: readonly string[];
}

/** INVARIANT: a value that a rule may compare is read whole; only what no rule compares is left out. */
export function readsBelow(paths: readonly Path[], root: string, first: string): Reads {
  const tree: Tree = new Map();
  for (const path of paths) {
    if (path.root !== root) continue;
    if (!add(tree, path)) return 'all';
  }
  return tree.get(first) ?? new Map();
}

/** False when the variable itself is read as a value. */
function add(tree: Tree, { kind, names }: Path): boolean {
  let at = tree;
  for (const [index, name] of names.entries()) {
    const below = at.get(name);
    if (below === 'all') return true;
    if (index === names.length - 1 && kind === 'get') {
      at.set(name, 'all');
      return true;
    }
    const next: Tree = below ?? new Map();
    at.set(name, next);
    at = next;
  }
  return names.length > 0;
}

export function readsOf(reads: Reads, name: string): Reads | undefined {
  return reads === 'all' ? 'all' : reads.get(name);
}
