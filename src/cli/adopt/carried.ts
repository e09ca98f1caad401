import { resolve } from 'node:path';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import type { ClientEntry } from './client-file.ts';
import { readEnvFile } from './env-file.ts';
import { expand, inputPrefix, type Surroundings } from './variables.ts';

/** A server that the gateway can reach the way its client did. */
export type Carried =
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd: string | undefined;
      readonly environment: ReadonlyMap<string, string>;
      /** The file that a part of its environment was read from. */
      readonly envFile: string | undefined;
    }
  | { readonly kind: 'url'; readonly url: URL; readonly headers: ReadonlyMap<string, string> };

/** Why a server stays where it is, in a sentence that says what would help. */
export interface Left {
  readonly why: string;
}

class Leave extends Error {
  readonly why: string;

  constructor(why: string) {
    super(why);
    this.why = why;
  }
}

/** INVARIANT: what is not understood whole is left where it was, and told. */
export function carriedOf({ value }: ClientEntry, around: Surroundings): Carried | Left {
  try {
    return read(value, around);
  } catch (fault) {
    if (fault instanceof Leave) return { why: fault.why };
    throw fault;
  }
}

type Value = ClientEntry['value'];

function read(value: Value, around: Surroundings): Carried {
  if (value['disabled'] === true || value['enabled'] === false) leave('it is switched off');
  const type = value['type'] ?? value['transport'];
  if (type === 'sse') leave(oldTransport);
  if (type !== undefined && !known.has(type as string))
    leave(`its type ${text(type)} is not known`);
  if (typeof value['command'] === 'string') return commandOf(value, value['command'], around);
  const url = value['httpUrl'] ?? value['serverUrl'] ?? value['url'];
  if (typeof url !== 'string') leave('it has neither a `command` nor a `url`');
  return urlOf(value, url, around);
}

const known = new Set(['stdio', 'http', 'streamable-http', 'streamableHttp', 'streamable_http']);
const oldTransport =
  'it speaks the old HTTP+SSE transport; ask its vendor for the Streamable HTTP address';

function commandOf(value: Value, command: string, around: Surroundings): Carried {
  const sure = sureOf(around);
  const envFile = typeof value['envFile'] === 'string' ? sure(value['envFile']) : undefined;
  const environment = new Map([
    ...fileVariables(envFile, around),
    ...mapOf(value['env'], '`env`', sure),
  ]);
  // What a program puts in place itself, from the environment that it is given, is left to it.
  const inArgument = sureOf(around, new Set(environment.keys()));
  const args = listOf(value['args'], '`args`').map(inArgument);
  for (const name of environment.keys()) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) leave(`\`${name}\` is no variable`);
  }
  const cwd = typeof value['cwd'] === 'string' ? sure(value['cwd']) : undefined;
  return { kind: 'command', command: sure(command), args, cwd, environment, envFile };
}

function urlOf(value: Value, given: string, around: Surroundings): Carried {
  const sure = sureOf(around);
  const url = URL.parse(sure(given));
  if (url === null || !/^https?:$/.test(url.protocol))
    leave('its `url` is no http or https address');
  if (/\/sse\/?$/.test(url.pathname) && value['type'] === undefined) leave(oldTransport);
  const headers = mapOf(value['headers'] ?? value['requestInit'], '`headers`', sure);
  return { kind: 'url', url, headers };
}

function fileVariables(path: string | undefined, { workspace }: Surroundings) {
  if (path === undefined) return new Map<string, string>();
  const read = readEnvFile(resolve(workspace, path));
  return 'why' in read ? leave(read.why) : read.variables;
}

function sureOf(around: Surroundings, own?: ReadonlySet<string>): (text: string) => string {
  return (one) => {
    const expanded = expand(one, around, own);
    if ('value' in expanded) return expanded.value;
    return leave(needs(expanded.missing));
  };
}

/** At a terminal its user is asked; else it is said how to give it. */
function needs(variable: string): string {
  const isInput = variable.startsWith(inputPrefix);
  const asked = isInput ? ', or adopt at a terminal and be asked' : '';
  return `it needs \`${variable}\`: set that variable, then adopt again${asked}`;
}

function listOf(given: Json | undefined, what: string): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return leave(`its ${what} is no list of texts`);
  return (given as readonly Json[]).map((one) => textOr(one, what));
}

function mapOf(
  given: Json | undefined,
  what: string,
  sure: (text: string) => string,
): ReadonlyMap<string, string> {
  if (given === undefined || given === null) return new Map();
  if (!isJsonObject(given)) return leave(`its ${what} holds something that is no text`);
  return new Map(Object.entries(given).map(([name, one]) => [name, sure(textOr(one, what))]));
}

/** Clients make texts of numbers and words. */
function textOr(value: Json, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return leave(`its ${what} holds something that is no text`);
}

function text(value: Json): string {
  return typeof value === 'string' ? `\`${value.slice(0, 40)}\`` : 'that is no text';
}

function leave(why: string): never {
  throw new Leave(why);
}
