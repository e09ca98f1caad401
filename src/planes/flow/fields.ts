import type { ToolFlow } from '#kernel/tool.ts';

/** What a document says of one place of a result, and of the places in it. */
export interface Field {
  asserted: boolean;
  items: Field | undefined;
  readonly members: Map<string, Field>;
}

const known = new WeakMap<ToolFlow, Field>();

/** By document, which never changes. */
export function fieldsOf(flow: ToolFlow): Field {
  const before = known.get(flow);
  if (before !== undefined) return before;
  const root = newField();
  for (const path of flow.asserted) fieldAt(root, path).asserted = true;
  known.set(flow, root);
  return root;
}

function fieldAt(root: Field, path: string): Field {
  let field = root;
  for (const [part] of path.matchAll(/\[\]|[^.[\]]+/gu)) {
    field = part === '[]' ? itemsOf(field) : memberOf(field, part);
  }
  return field;
}

function itemsOf(field: Field): Field {
  field.items ??= newField();
  return field.items;
}

function memberOf({ members }: Field, name: string): Field {
  const field = members.get(name) ?? newField();
  members.set(name, field);
  return field;
}

function newField(): Field {
  return { asserted: false, items: undefined, members: new Map() };
}
