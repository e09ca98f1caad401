import { parseSync, Visitor } from 'oxc-parser';

/** What a program's file does beside constructing: each a line and what was found there. */
export function computations(file: string, text: string): string[] {
  const found: string[] = [];
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) return [`${file}: does not parse`];
  const note = (start: number, what: string): void => {
    found.push(`${file}:${text.slice(0, start).split('\n').length}: ${what}`);
  };
  const loop = (what: string) => (node: { readonly start: number }) => note(node.start, what);
  new Visitor({
    ForStatement: loop('a loop'),
    ForOfStatement: loop('a loop'),
    ForInStatement: loop('a loop'),
    WhileStatement: loop('a loop'),
    DoWhileStatement: loop('a loop'),
    SwitchStatement: loop('a switch'),
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      const { name } = callee.property;
      if (computing.has(name)) note(node.start, `data is computed by \`${name}\``);
    },
  }).visit(program);
  return found;
}

/** What goes through data, item by item. */
const computing: ReadonlySet<string> = new Set([
  'map',
  'flatMap',
  'filter',
  'reduce',
  'sort',
  'toSorted',
  'some',
  'every',
  'find',
  'forEach',
  'groupBy',
]);
