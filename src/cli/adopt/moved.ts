import type { JsonObject } from '#kernel/json/value.ts';
import type { Carried, Left } from './carried.ts';

/** One value that stands in a client's configuration, and where. */
export interface Setting {
  readonly where: string;
  readonly name: string;
  readonly value: string;
  /** It is kept in the vault whatever it is: a server by URL is told nothing else. */
  readonly always: boolean;
}

/** A secret on its way into the vault. */
export interface Moved {
  readonly where: string;
  readonly secret: string;
  readonly value: string;
}

export interface Written {
  readonly connect: JsonObject;
  readonly credentials: readonly JsonObject[];
  readonly moved: readonly Moved[];
}

/** Every value of a server that may be a secret, in an order that `written` knows. */
export function settingsOf(carried: Carried): readonly Setting[] {
  if (carried.kind === 'url') return urlSettings(carried);
  const environment = [...carried.environment].map(([name, value]) => ({
    where: `env ${name}`,
    name,
    value,
    always: false,
  }));
  const args = carried.args.map((_arg, at) => ({
    where: `argument ${at + 1}`,
    ...argumentAt(carried.args, at),
    always: false,
  }));
  return [...environment, ...args];
}

function urlSettings({ url, headers }: Extract<Carried, { kind: 'url' }>): readonly Setting[] {
  const user = url.username === '' && url.password === '' ? [] : [userOf(url)];
  const named = [...headers].map(([name, value]) => ({
    where: `header ${name}`,
    name,
    value: headerParts(value).value,
    always: true,
  }));
  const query = [...url.searchParams].map(([name, value]) => ({
    where: `query ${name}`,
    name,
    value,
    always: false,
  }));
  return [...user, ...named, ...query];
}

function userOf(url: URL): Setting {
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const value = Buffer.from(pair).toString('base64');
  return { where: 'user of the url', name: 'authorization', value, always: true };
}

export function argumentAt(args: readonly string[], at: number) {
  return { name: argumentName(args, at), value: argumentParts(args[at] ?? '').value };
}

/** `--api-key=VALUE` and `NAME=VALUE` name themselves, `--api-key VALUE` is named by the word before. */
function argumentName(args: readonly string[], at: number): string {
  const own = argumentParts(args[at] ?? '').name;
  if (own !== '') return own;
  const before = args[at - 1] ?? '';
  return /^--?[A-Za-z]/.test(before) && !before.includes('=') ? before.replace(/^-+/, '') : '';
}

function argumentParts(arg: string): {
  readonly head: string;
  readonly name: string;
  readonly value: string;
} {
  const match = /^(--?[A-Za-z][\w.-]*=|[A-Za-z_]\w*=)(.*)$/s.exec(arg);
  if (match === null) return { head: '', name: '', value: arg };
  const [, head = '', value = ''] = match;
  return { head, name: head.replace(/^-+|=$/g, ''), value };
}

function headerParts(value: string): { readonly prefix: string; readonly value: string } {
  const [, prefix = '', rest = value] =
    /^((?:Bearer|Basic|Token|ApiKey|DPoP) +)(\S.*)$/i.exec(value) ?? [];
  return { prefix, value: rest };
}

export const fewestSecretBytes = 6;
const mostSecretBytes = 8_192;

/**
 * What a document says of the server, with a name of the vault in place of each secret. INVARIANT: a
 * value that was found to be a secret stands in nothing of what comes back but in `moved`.
 */
export function written(
  server: string,
  carried: Carried,
  isSecret: (at: number) => boolean,
  taken: Set<string>,
): Written | Left {
  const settings = settingsOf(carried);
  const secrets = settings.map((one, at) => one.always || isSecret(at));
  const bad = settings.find((one, at) => secrets[at] === true && !fits(one.value));
  if (bad !== undefined) {
    const size = `${fewestSecretBytes} to ${mostSecretBytes}`;
    return {
      why: `${bad.where} has to be lent, and the vault takes ${size} characters of one line`,
    };
  }
  const query = settings.find(
    ({ where }, at) => where.startsWith('query ') && secrets[at] === true,
  );
  if (query !== undefined) {
    return {
      why: `its secret stands in the address (${query.where}); ask its vendor for a header`,
    };
  }
  const nameOf = namer(server, taken);
  return carried.kind === 'url'
    ? writtenUrl(carried, settings, nameOf)
    : writtenCommand(carried, settings, secrets, nameOf);
}

function fits(value: string): boolean {
  return (
    value.length >= fewestSecretBytes &&
    Buffer.byteLength(value) <= mostSecretBytes &&
    /^[^\p{Cc}]+$/u.test(value)
  );
}

function writtenUrl(
  { url, headers }: Extract<Carried, { kind: 'url' }>,
  settings: readonly Setting[],
  nameOf: (name: string) => string,
): Written | Left {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  const moved: Moved[] = [];
  const credentials = settings
    .filter(({ always }) => always)
    .map(({ where, name, value }): JsonObject => {
      const secret = nameOf(name);
      moved.push({ where, secret, value });
      const prefix = where.startsWith('user')
        ? 'Basic '
        : headerParts(headers.get(name) ?? '').prefix;
      return { secret, header: name, ...(prefix === '' ? {} : { prefix }) };
    });
  const names = credentials.map(({ header }) => (header as string).toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return { why: `the header ${twice} would be sent twice` };
  return { connect: { url: plain.href }, credentials, moved };
}

function writtenCommand(
  { command, args, cwd, environment }: Extract<Carried, { kind: 'command' }>,
  settings: readonly Setting[],
  secrets: readonly boolean[],
  nameOf: (name: string) => string,
): Written {
  const moved: Moved[] = [];
  const credentials: JsonObject[] = [];
  const lend = (at: number, variable: string): void => {
    const { where, name, value } = settings[at] as Setting;
    const secret = nameOf(name === '' ? variable : name);
    moved.push({ where, secret, value });
    credentials.push({ secret, environment: variable });
  };
  const open: [string, string][] = [];
  for (const [at, [name, value]] of [...environment].entries()) {
    if (secrets[at] === true) lend(at, name);
    else open.push([name, value]);
  }
  const words = args.map((arg, at): Word => {
    if (secrets[environment.size + at] !== true) return { text: arg };
    const variable = `BAILIWICK_ARGUMENT_${at + 1}`;
    lend(environment.size + at, variable);
    return { head: argumentParts(arg).head, variable };
  });
  const connect: JsonObject = {
    ...started(command, words),
    ...(cwd === undefined ? {} : { cwd }),
    ...(open.length === 0 ? {} : { environment: Object.fromEntries(open) }),
  };
  return { connect, credentials, moved };
}

type Word = { readonly text: string } | { readonly head: string; readonly variable: string };

/**
 * A secret among the arguments is lent as a variable, which a shell puts in its place when it starts
 * the server. INVARIANT: every other word is quoted whole, so that the shell reads nothing into it.
 */
function started(command: string, words: readonly Word[]): JsonObject {
  if (words.every((word) => 'text' in word)) {
    const args = words.flatMap((word) => ('text' in word ? [word.text] : []));
    return args.length === 0 ? { command } : { command, args };
  }
  const script = words.map((word) =>
    'text' in word ? quoted(word.text) : `${quoted(word.head)}"$${word.variable}"`,
  );
  return { command: 'sh', args: ['-c', `exec ${[quoted(command), ...script].join(' ')}`] };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Names of the vault: of the server, then of the setting; two of one name get a number. */
function namer(server: string, taken: Set<string>): (name: string) => string {
  return (name) => {
    const base = wordOf(`${server}-${name}`);
    let free = base;
    for (let count = 2; taken.has(free); count += 1) free = `${base.slice(0, 60)}-${count}`;
    taken.add(free);
    return free;
  };
}

/** What names of documents and secrets look like. */
export function wordOf(text: string): string {
  const word = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 64)
    .replace(/-+$/, '');
  return word === '' ? 'server' : word;
}
