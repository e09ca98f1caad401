import type { JsonObject } from '#kernel/json/value.ts';
import type { Carried, Left } from './carried.ts';
import { argumentParts, headerParts, type Setting, settingsOf } from './setting.ts';

/** A secret on its way into the vault. */
export interface Moved {
  readonly where: string;
  readonly secret: string;
  readonly value: string;
  /** False when it only may be one, and is moved to be safe. */
  readonly sure: boolean;
}

export interface Written {
  readonly connect: JsonObject;
  readonly credentials: readonly JsonObject[];
  readonly moved: readonly Moved[];
}

/** What is to become of one setting. */
export type Verdict = 'plain' | 'doubtful' | 'secret';

export const fewestSecretBytes = 6;
const mostSecretBytes = 8_192;

/**
 * What a document says of the server, with a name of the vault in place of each secret. INVARIANT: a
 * value that was found to be a secret stands in nothing of what comes back but in `moved`.
 */
export function written(
  server: string,
  carried: Carried,
  verdictOf: (at: number) => Verdict,
  taken: Set<string>,
): Written | Left {
  const settings = settingsOf(carried);
  const verdicts = settings.map((one, at) => (one.always ? 'secret' : verdictOf(at)));
  const bad = settings.find((one, at) => verdicts[at] !== 'plain' && !fits(one.value));
  if (bad !== undefined) {
    const size = `${fewestSecretBytes} to ${mostSecretBytes}`;
    return {
      why: `${bad.where} has to be lent, and the vault takes ${size} characters of one line`,
    };
  }
  const mover = new Mover(settings, verdicts, namer(server, taken));
  return carried.kind === 'url' ? writtenUrl(carried, mover) : writtenCommand(carried, mover);
}

function fits(value: string): boolean {
  return (
    value.length >= fewestSecretBytes &&
    Buffer.byteLength(value) <= mostSecretBytes &&
    /^[^\p{Cc}]+$/u.test(value)
  );
}

/** Takes secrets out of settings, one by one. */
class Mover {
  readonly settings: readonly Setting[];
  readonly moved: Moved[] = [];
  readonly credentials: JsonObject[] = [];
  readonly #verdicts: readonly Verdict[];
  readonly #nameOf: (name: string) => string;

  constructor(
    settings: readonly Setting[],
    verdicts: readonly Verdict[],
    nameOf: (name: string) => string,
  ) {
    this.settings = settings;
    this.#verdicts = verdicts;
    this.#nameOf = nameOf;
  }

  isSecret(at: number): boolean {
    return this.#verdicts[at] !== 'plain';
  }

  lend(at: number, how: JsonObject, unnamed = 'secret'): void {
    const { where, name, value } = this.settings[at] as Setting;
    const secret = this.#nameOf(name === '' ? unnamed : name);
    this.moved.push({ where, secret, value, sure: this.#verdicts[at] === 'secret' });
    this.credentials.push({ secret, ...how });
  }
}

type ByUrl = Extract<Carried, { kind: 'url' }>;

function writtenUrl({ url, headers: given }: ByUrl, mover: Mover): Written | Left {
  const headers: [string, string][] = [];
  const lentQuery: string[] = [];
  for (const [at, { where, name }] of mover.settings.entries()) {
    const text = given.get(name) ?? '';
    if (where.startsWith('query ')) {
      if (mover.isSecret(at)) {
        mover.lend(at, { query: name });
        lentQuery.push(name);
      }
    } else if (where.startsWith('user')) {
      mover.lend(at, { header: name, prefix: 'Basic ' });
    } else if (ourOwn.test(name)) continue;
    else if (!/^[\w!#$%&'*+.^`|~-]{1,128}$/.test(name) || framing.test(name)) {
      return { why: `the header ${name} is one that the gateway alone writes` };
    } else if (mover.isSecret(at)) {
      const { prefix } = headerParts(text);
      mover.lend(at, { header: name, ...(prefix === '' ? {} : { prefix }) });
    } else if (/^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(text)) headers.push([name, text]);
    else return { why: `the header ${name} holds what no header may hold` };
  }
  const why = saidTwice(mover, headers, [...url.searchParams.keys()]);
  if (why !== undefined) return { why };
  const connect: JsonObject = {
    url: plainUrl(url, lentQuery),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
  };
  return { connect, credentials: mover.credentials, moved: mover.moved };
}

/** What control would refuse in a document: said while nothing is made yet. */
const framing =
  /^(?:host|content-.+|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept-encoding|last-event-id|traceparent|tracestate|mcp-.+|proxy-.+)$/i;

/** Every connection of ours says these in its own way. */
const ourOwn = /^(?:accept|content-type)$/i;

function saidTwice(
  { credentials }: Mover,
  headers: readonly (readonly [string, string])[],
  query: readonly string[],
): string | undefined {
  const lent = credentials.flatMap(({ header }) => (typeof header === 'string' ? [header] : []));
  const names = [...lent, ...headers.map(([name]) => name)].map((name) => name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return `the header ${twice} would be sent twice`;
  const lentOf = credentials.map((one) => one['query']);
  const member = lentOf.find(
    (name) => typeof name === 'string' && query.indexOf(name) !== query.lastIndexOf(name),
  );
  return typeof member === 'string' ? `its query says ${member} twice` : undefined;
}

/** The address without what is lent; what stays of its query stays as it was written. */
function plainUrl(url: URL, lent: readonly string[]): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  if (lent.length === 0) return plain.href;
  const members = url.search.slice(1).split('&');
  const stays = members.filter((one) => {
    const [name] = [...new URLSearchParams(one).keys()];
    return name !== undefined && !lent.includes(name);
  });
  plain.search = stays.join('&');
  return plain.href;
}

type ByCommand = Extract<Carried, { kind: 'command' }>;

/**
 * A secret among the arguments goes into its place when the server starts. INVARIANT: where there is
 * another way than by the arguments, which every process of the machine may see, it goes that way.
 */
function writtenCommand(
  { command, args, cwd, environment }: ByCommand,
  mover: Mover,
): Written | Left {
  const open: [string, string][] = [];
  for (const [at, [name, value]] of [...environment].entries()) {
    if (mover.isSecret(at)) mover.lend(at, { environment: name });
    else open.push([name, value]);
  }
  const taken = new Set(environment.keys());
  const words = args.map((arg, at): string => {
    const setting = environment.size + at;
    if (!mover.isSecret(setting)) return arg;
    const { head, name } = argumentParts(arg);
    if (isOfContainer(command, args, at) && !taken.has(name)) {
      taken.add(name);
      mover.lend(setting, { environment: name });
      return head.slice(0, -1);
    }
    const place = `BAILIWICK_ARGUMENT_${at + 1}`;
    mover.lend(setting, { argument: place }, place);
    return `${head}\${${place}}`;
  });
  const connect: JsonObject = {
    command,
    ...(words.length === 0 ? {} : { args: words }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(open.length === 0 ? {} : { environment: Object.fromEntries(open) }),
  };
  return { connect, credentials: mover.credentials, moved: mover.moved };
}

/** `docker run -e NAME=VALUE`: with the name alone it takes the value from its own environment. */
function isOfContainer(command: string, args: readonly string[], at: number): boolean {
  if (!/(?:^|[\\/])(?:docker|podman|nerdctl)$/.test(command)) return false;
  const arg = args[at] ?? '';
  const isVariable = /^[A-Za-z_]\w*=/.test(arg) && /^(?:-e|--env)$/.test(args[at - 1] ?? '');
  return isVariable || /^(?:-e|--env)=[A-Za-z_]\w*=/.test(arg);
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
