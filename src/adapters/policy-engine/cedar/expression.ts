/** What a rule says outside its annotations, found in Cedar's own JSON form of it. */
export interface Reading {
  readonly actions: ReadonlySet<string>;
  readonly depth: number;
  /** An integer that JavaScript cannot hold: it would not be what the author wrote. */
  readonly unsafeInteger: boolean;
  /** It may read `context.time`. */
  readonly readsTime: boolean;
}

interface Step {
  readonly value: unknown;
  readonly level: number;
}

/** Walks with its own stack: text decides how deep this goes. */
export function readExpression(root: unknown): Reading {
  const actions = new Set<string>();
  let depth = 0;
  let unsafeInteger = false;
  let readsTime = false;
  const open: Step[] = [{ value: root, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, level } = next;
    if (level > depth) depth = level;
    if (isUnsafeNumber(value)) unsafeInteger = true;
    if (typeof value !== 'object' || value === null) continue;
    const action = actionLiteral(value);
    if (action !== undefined) actions.add(action);
    const attribute = contextAttribute(value);
    // The context as a whole, such as in `context == {…}`, holds the time as well.
    if (attribute === 'time' || isContext(value)) readsTime = true;
    if (attribute !== undefined) continue;
    for (const child of Object.values(value)) open.push({ value: child, level: level + 1 });
  }
  return { actions, depth, unsafeInteger, readsTime };
}

function isUnsafeNumber(value: unknown): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isSafeInteger(value));
}

function actionLiteral(value: object): string | undefined {
  if (!('type' in value) || !('id' in value)) return undefined;
  return value.type === 'Action' && typeof value.id === 'string' ? value.id : undefined;
}

function isContext(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'Var' in value && value.Var === 'context';
}

/** The attribute in `{ left: context, attr }`, the inside of `context.attr` and `context has attr`. */
function contextAttribute(value: object): string | undefined {
  if (!('left' in value) || !('attr' in value) || !isContext(value.left)) return undefined;
  const attribute: unknown = Array.isArray(value.attr) ? value.attr[0] : value.attr;
  return typeof attribute === 'string' ? attribute : undefined;
}
