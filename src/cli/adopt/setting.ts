import type { Carried } from './carried.ts';

/** One value that stands in a client's configuration, and where. */
export interface Setting {
  readonly where: string;
  readonly name: string;
  readonly value: string;
  /** It is kept in the vault whatever it looks like. */
  readonly always: boolean;
}

/** Every value of a server that may be a secret: first those by name, then arguments or the query. */
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
    // A document may say every other header, but not one that proves who we are.
    always: /^(?:authorization|cookie)$/i.test(name),
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
  const { name, value } = argumentParts(args[at] ?? '');
  return { name: name === '' ? flagBefore(args, at) : name, value };
}

/** `--api-key VALUE` is named by the word before. */
function flagBefore(args: readonly string[], at: number): string {
  const before = args[at - 1] ?? '';
  return /^--?[A-Za-z]/.test(before) && !before.includes('=') ? before.replace(/^-+/, '') : '';
}

export interface ArgumentParts {
  /** What stands before the value. */
  readonly head: string;
  readonly name: string;
  readonly value: string;
}

const flagHead = /^--?[A-Za-z][\w.-]*=/;
const variableHead = /^[A-Za-z_]\w*=/;
const headerHead =
  /^([A-Za-z][A-Za-z0-9-]*):(?!\/\/) *(?:(?:Bearer|Basic|Token|ApiKey|DPoP) +)?(?=\S)/i;

/** `--api-key=VALUE`, `NAME=VALUE`, `--env=NAME=VALUE` and `X-Auth: VALUE` name themselves. */
export function argumentParts(arg: string): ArgumentParts {
  const flag = flagHead.exec(arg)?.[0] ?? '';
  const rest = arg.slice(flag.length);
  const inner = (variableHead.exec(rest) ?? headerHead.exec(rest))?.[0] ?? '';
  const head = flag + inner;
  const own = inner === '' ? flag : inner;
  return { head, name: own.replace(/^-+|[=:].*$/g, ''), value: arg.slice(head.length) };
}

export function headerParts(value: string): { readonly prefix: string; readonly value: string } {
  const [, prefix = '', rest = value] =
    /^((?:Bearer|Basic|Token|ApiKey|DPoP) +)(\S.*)$/i.exec(value) ?? [];
  return { prefix, value: rest };
}
