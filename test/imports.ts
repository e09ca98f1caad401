import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

/** What one file makes another one part of, by whatever way. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Stands for a module whose name is made at run time: nobody can say what it is, so no rule allows it. */
export const computedTarget = 'a module that is named at run time';

/**
 * Static and dynamic imports, re-exports, types as well, the targets of workers and forks, and what
 * is loaded by `require`, however it was come by, or named by `import.meta.resolve`.
 */
export function importsIn(root: string, file: string, text: string): readonly Import[] {
  const { module, program, errors } = parseSync(join(root, file), text);
  const [first] = errors;
  if (first !== undefined) throw new SyntaxError(`${file}: ${first.message}`);
  const targets = [
    ...module.staticImports.map((one) => one.moduleRequest.value),
    ...module.staticExports.flatMap((one) =>
      one.entries.flatMap(({ moduleRequest }) =>
        moduleRequest === null ? [] : [moduleRequest.value],
      ),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) =>
      literalIn(text.slice(moduleRequest.start, moduleRequest.end)),
    ),
    ...[...text.matchAll(/new URL\('(\.[^']+\.ts)', import\.meta\.url\)/g)].map(
      (match) => match[1] ?? '',
    ),
    ...loadedIn(program as unknown as Node),
  ];
  return targets.map((to) => ({ from: file, to: targetOf(root, file, to) }));
}

function literalIn(source: string): string {
  return /^(['"`])([^'"`$]*)\1$/.exec(source)?.[2] ?? computedTarget;
}

function targetOf(root: string, file: string, to: string): string {
  if (to.startsWith('#')) return `src/${to.slice(1)}`;
  if (to.startsWith('.')) return relative(root, resolve(join(root, dirname(file)), to));
  return to;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What is loaded without an import. INVARIANT: a way that is not understood counts as computed. */
function loadedIn(program: Node): string[] {
  const nodes = [...everyNode(program)];
  const makers = new Set(['createRequire']);
  for (const { imported, local } of nodes.filter(({ type }) => type === 'ImportSpecifier')) {
    if (nameOf(imported) === 'createRequire') makers.add(nameOf(local));
  }
  const loaders = new Set(['require']);
  for (const { type, id, init } of nodes) {
    if (type === 'VariableDeclarator' && isMade(init, makers)) loaders.add(nameOf(id));
  }
  return nodes.flatMap((node) => {
    if (node.type !== 'CallExpression') return [];
    const { callee } = node;
    const loads =
      isLoader(callee, loaders) || isMade(callee, makers) || isResolve(callee, loaders, makers);
    return loads || isBuiltinLoader(callee) ? [firstArgument(node)] : [];
  });
}

/** `createRequire(…)`, by this or by the name that it was imported as, or as a member of something. */
function isMade(node: unknown, makers: ReadonlySet<string>): boolean {
  if (!isNode(node) || node.type !== 'CallExpression') return false;
  const { callee } = node;
  return makers.has(nameOf(callee)) || makers.has(memberOf(callee));
}

function isLoader(callee: unknown, loaders: ReadonlySet<string>): boolean {
  const member = memberOf(callee);
  return loaders.has(nameOf(callee)) || member === 'require';
}

/** `require.resolve(…)` and `import.meta.resolve(…)`: whoever asks for the place is about to load it. */
function isResolve(
  callee: unknown,
  loaders: ReadonlySet<string>,
  makers: ReadonlySet<string>,
): boolean {
  if (memberOf(callee) !== 'resolve' || !isNode(callee)) return false;
  const { object } = callee;
  const isMeta = isNode(object) && object.type === 'MetaProperty';
  return isMeta || loaders.has(nameOf(object)) || isMade(object, makers);
}

function isBuiltinLoader(callee: unknown): boolean {
  return memberOf(callee) === 'getBuiltinModule';
}

function firstArgument({ arguments: given }: Node): string {
  const [first] = Array.isArray(given) ? (given as readonly unknown[]) : [];
  if (!isNode(first) || first.type !== 'Literal') return computedTarget;
  return typeof first['value'] === 'string' ? first['value'] : computedTarget;
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : '';
}

function memberOf(node: unknown): string {
  if (!isNode(node) || node.type !== 'MemberExpression') return '';
  const { property } = node;
  if (isNode(property) && property.type === 'Literal') return String(property['value']);
  return nameOf(property);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function* everyNode(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) yield* everyNode(item);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) yield value;
  for (const inside of Object.values(value)) yield* everyNode(inside);
}

/** Groups of files of which each leads to each other, sorted: whoever reads one has to read all. */
export function circlesIn(imports: readonly Import[]): readonly (readonly string[])[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const reach = new Map([...next.keys()].map((file) => [file, reachableFrom(file, next)]));
  const circles = new Map<string, readonly string[]>();
  for (const [file, reached] of reach) {
    if (!reached.has(file)) continue;
    const circle = [...reached].filter((other) => reach.get(other)?.has(file) === true).sort();
    circles.set(circle.join('\n'), circle);
  }
  return [...circles.values()];
}

function reachableFrom(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const to of next.get(file) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}
