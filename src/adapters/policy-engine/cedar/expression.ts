/** What a rule says outside its annotations, found in Cedar's own JSON form of it. */
export interface Reading {
  readonly actions: ReadonlySet<string>;
  readonly depth: number;
  /** An integer that JavaScript cannot hold: it would not be what the author wrote. */
  readonly unsafeInteger: boolean;
}

/** Walks with its own stack: text decides how deep this goes. */
export function readExpression(root: unknown): Reading {
  const actions = new Set<string>();
  let depth = 0;
  let unsafeInteger = false;
  const open: { readonly value: unknown; readonly level: number }[] = [{ value: root, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, level } = next;
    if (level > depth) depth = level;
    if (typeof value === 'bigint') unsafeInteger = true;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) unsafeInteger = true;
    if (typeof value !== 'object' || value === null) continue;
    const action = actionLiteral(value);
    if (action !== undefined) actions.add(action);
    for (const child of Object.values(value)) open.push({ value: child, level: level + 1 });
  }
  return { actions, depth, unsafeInteger };
}

function actionLiteral(value: object): string | undefined {
  if (!('type' in value) || !('id' in value)) return undefined;
  return value.type === 'Action' && typeof value.id === 'string' ? value.id : undefined;
}
