/** What an answer can hold. Objects own every key they show and inherit nothing. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

const mostDepth = 64;
/** A mark, a string, or a word; a string has no character under the blank. */
const token =
  /[ \t\r\n]*(?:([{}[\],:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null))/y;

/**
 * Node's own `JSON.parse` can read wrong keys (nodejs/node#63785), and answers show the arguments
 * of agents to the people who approve them. So they are read here: strictly, each key once.
 */
export function readJson(bytes: Uint8Array): JsonValue {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  let at = 0;
  const next = (): string => {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) throw bad(at);
    at = token.lastIndex;
    return match[1] ?? match[2] ?? match[3] ?? '';
  };
  const value = (first: string, depth: number): JsonValue => {
    if (depth > mostDepth) throw bad(at);
    if (first === '{') return object(depth);
    if (first === '[') return array(depth);
    if (first.startsWith('"')) return unquote(first);
    if (first === 'true' || first === 'false') return first === 'true';
    if (first === 'null') return null;
    if (!/^[-0-9]/.test(first)) throw bad(at);
    return Number(first);
  };
  const object = (depth: number): JsonValue => {
    const members: Record<string, JsonValue> = Object.create(null) as Record<string, never>;
    let key = next();
    if (key === '}') return members;
    for (;;) {
      if (!key.startsWith('"')) throw bad(at);
      const name = unquote(key);
      if (name === '__proto__' || name in members || next() !== ':') throw bad(at);
      members[name] = value(next(), depth + 1);
      const after = next();
      if (after === '}') return members;
      if (after !== ',') throw bad(at);
      key = next();
    }
  };
  const array = (depth: number): JsonValue => {
    const items: JsonValue[] = [];
    let item = next();
    if (item === ']') return items;
    for (;;) {
      items.push(value(item, depth + 1));
      const after = next();
      if (after === ']') return items;
      if (after !== ',') throw bad(at);
      item = next();
    }
  };
  const whole = value(next(), 0);
  if (/[^ \t\r\n]/.test(text.slice(at))) throw bad(at);
  return whole;
}

function bad(at: number): SyntaxError {
  return new SyntaxError(`no valid JSON at character ${at}`);
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  return inner.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, hex?: string, one = '') =>
    hex === undefined ? (escapes[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
