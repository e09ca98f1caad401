import { readFileSync } from 'node:fs';
import { BailiwickError } from '#kernel/errors.ts';
import { visibleText } from '#kernel/text/index.ts';
import { haveOneOwner, type NoteVerifier, parseVkey, vkeyUnder } from '#tlog/index.ts';
import { type Command, type CommandInput, type Flag, listFlag, usage } from '../command.ts';

/** What a head of one log is held against. */
interface LogTrust {
  readonly log: NoteVerifier;
  readonly second: readonly NoteVerifier[];
}

/** One rule wherever evidence is checked: a key vouches for every log under its own prefix, and for no other. */
export const keyFlags = {
  key: {
    type: 'string',
    multiple: true,
    value: 'VKEY',
    help: 'a verifier key that you trust, of any log of the installation; may be given again (`audit keys` prints them)',
  },
  keys: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a file of such keys, one a line, as `audit keys` prints it',
  },
} as const satisfies Record<string, Flag>;

/** What is said where nobody gave a key. */
export const ownKeysText =
  'consistent with the keys inside it; give `--key VKEY` or `--keys FILE` to know whose it is';

/** All that were given, each once. INVARIANT: one that is malformed is told as that, never as evidence that is wrong. */
export function givenKeys(command: Command, input: CommandInput): readonly string[] {
  const files = listFlag(input, 'keys').flatMap((file) => keysIn(command, file));
  const all = [...listFlag(input, 'key').map((vkey) => ({ vkey, from: '`--key`' })), ...files];
  for (const { vkey, from } of all) checkLogKey(command, vkey, from);
  return [...new Set(all.map(({ vkey }) => vkey.trim()))];
}

function keysIn(command: Command, file: string): { vkey: string; from: string }[] {
  const lines = readText(command, file).split('\n');
  const found = lines.flatMap((line, at) => {
    const vkey = line.trim();
    return vkey === '' || vkey.startsWith('#')
      ? []
      : [{ vkey, from: `line ${at + 1} of \`${file}\`` }];
  });
  if (found.length === 0) throw usage(command, `\`${file}\` has no key in it`);
  return found;
}

function readText(command: Command, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw usage(command, `the file of keys \`${file}\` cannot be read`);
  }
}

function checkLogKey(command: Command, vkey: string, from: string): void {
  const { kind, name } = readKey(command, vkey, from);
  if (kind !== 'witness') return;
  const what = `the key of ${from} is that of the witness \`${visibleText(name)}\``;
  throw usage(command, `${what}: a key of a log is wanted here (\`--witness\` takes it)`);
}

function readKey(command: Command, vkey: string, from: string): NoteVerifier {
  try {
    return parseVkey(vkey);
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : 'it cannot be read';
    throw usage(command, `${visibleText(from)}: ${visibleText(why, { maxLength: 400 })}`);
  }
}

/** What vouches for this log, each under its name: the very key of it first. Empty when none does. */
export function keysFor(origin: string, given: readonly string[]): readonly string[] {
  return under(origin, given, 'log');
}

/** Those of second signatures, by the same rule. */
export function secondKeysFor(origin: string, given: readonly string[]): readonly string[] {
  return under(origin, given, 'second');
}

/** A bundle asks for the same few keys at each of its records, and reading one costs as much as a signature. */
const mostKept = 256;
const kept = new Map<string, NoteVerifier>();

function keyOf(vkey: string): NoteVerifier {
  const known = kept.get(vkey);
  if (known !== undefined) return known;
  const read = parseVkey(vkey);
  if (kept.size === mostKept) kept.clear();
  kept.set(vkey, read);
  return read;
}

function under(origin: string, given: readonly string[], of: NoteVerifier['kind']): string[] {
  const named = given.map((vkey) => ({ vkey, ...keyOf(vkey) }));
  const own = named.filter(({ name, kind }) => kind === of && haveOneOwner(origin, name));
  const inOrder = own.toSorted((a, b) => Number(b.name === origin) - Number(a.name === origin));
  return [...new Set(inOrder.map(({ vkey }) => vkeyUnder(origin, vkey)))];
}

/** Well-formed keys, of which none is of this log's installation. */
export function notItsKey(origin: string, given: readonly string[]): string {
  const names = given.map((vkey) => `\`${parseVkey(vkey).name}\``);
  const [first = 'nobody'] = names;
  const more = names.length > 1 ? ` (and ${names.length - 1} more)` : '';
  return `the key is of log ${first}${more}, the evidence is of log \`${origin}\``;
}

/** The first of them that it holds under, second signatures too; else why it does not hold under the first. */
export function underOneOf<T>(
  origin: string,
  given: readonly string[],
  check: (trust: LogTrust) => T,
): T {
  let first: Error | undefined;
  const second = secondKeysFor(origin, given).map(keyOf);
  for (const vkey of keysFor(origin, given)) {
    try {
      return check({ log: keyOf(vkey), second });
    } catch (fault) {
      first ??= fault instanceof Error ? fault : new Error(String(fault));
    }
  }
  throw first ?? new BailiwickError('audit/proof-invalid', { message: notItsKey(origin, given) });
}
