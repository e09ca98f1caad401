import { BailiwickError } from '#kernel/errors.ts';
import { parseVkey } from '#tlog/index.ts';

/** One witness that is asked to cosign. */
export interface WitnessPlace {
  readonly name: string;
  readonly vkey: string;
  /** Submission prefix of c2sp.org/tlog-witness. */
  readonly url: string;
}

export interface WitnessPolicy {
  readonly witnesses: readonly WitnessPlace[];
  /** How many must have cosigned a head for it to count as witnessed. */
  readonly quorum: number;
}

export const noWitnesses: WitnessPolicy = { witnesses: [], quorum: 1 };

/** Whose cosignatures count, by the text of a policy, for whoever checks logs. */
export function witnessKeys(text: string | undefined): {
  readonly witnesses: readonly string[];
  readonly quorum: number;
} {
  const { witnesses, quorum } = text === undefined ? noWitnesses : parseWitnessPolicy(text);
  return { witnesses: witnesses.map(({ vkey }) => vkey), quorum };
}

/**
 * Reads a policy (c2sp.org/tlog-policy): `witness NAME VKEY URL` lines, at most one
 * `group NAME any|all|N WITNESS...`, and `quorum NAME`. INVARIANT: a line that is not understood is an
 * error: what it asks for would else be thought to hold.
 */
export function parseWitnessPolicy(text: string): WitnessPolicy {
  const witnesses = new Map<string, WitnessPlace>();
  const groups = new Map<string, number>();
  let quorum: string | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const [word = '', ...rest] = line.trim().split(/\s+/u);
    if (word === '' || word.startsWith('#') || word === 'log') continue;
    if (word === 'witness') addWitness(witnesses, rest, at);
    else if (word === 'group') addGroup(groups, { rest, at, witnesses });
    else if (word === 'quorum' && rest.length === 1) quorum = rest[0];
    else throw wrong(at, `\`${word}\` is not understood`);
  }
  if (witnesses.size === 0) throw wrong(0, 'there is no `witness` line');
  return { witnesses: [...witnesses.values()], quorum: quorumOf(quorum, witnesses, groups) };
}

function addWitness(
  witnesses: Map<string, WitnessPlace>,
  [name, vkey = '', url = '', ...more]: readonly string[],
  at: number,
): void {
  const isKey = isWitnessKey(vkey);
  if (name === undefined || !isKey || URL.parse(url) === null || more.length > 0) {
    throw wrong(at, 'a witness is `witness NAME VKEY URL`');
  }
  const keys = [...witnesses.values()].map((one) => one.vkey);
  // Under two names one witness would be counted twice.
  if (witnesses.has(name) || keys.includes(vkey)) throw wrong(at, `\`${name}\` is named twice`);
  witnesses.set(name, { name, vkey, url: url.replace(/\/+$/u, '') });
}

function isWitnessKey(vkey: string): boolean {
  try {
    return parseVkey(vkey).kind === 'witness';
  } catch {
    return false;
  }
}

function addGroup(
  groups: Map<string, number>,
  given: {
    readonly rest: readonly string[];
    readonly at: number;
    readonly witnesses: ReadonlyMap<string, WitnessPlace>;
  },
): void {
  const [name = '', most = '', ...members] = given.rest;
  const isOfAll =
    members.length === given.witnesses.size && members.every((one) => given.witnesses.has(one));
  // Groups of groups are for networks of witnesses; they come when somebody has one.
  if (groups.size > 0 || !isOfAll || new Set(members).size !== members.length) {
    throw wrong(given.at, 'one group, of every witness above it, is understood');
  }
  const count = { any: 1, all: members.length }[most] ?? Number(most);
  if (!Number.isInteger(count) || count < 1 || count > members.length) {
    throw wrong(given.at, 'a group takes any, all, or a number up to that of its members');
  }
  groups.set(name, count);
}

function quorumOf(
  name: string | undefined,
  witnesses: ReadonlyMap<string, WitnessPlace>,
  groups: ReadonlyMap<string, number>,
): number {
  if (name === undefined) return 1;
  const count = groups.get(name) ?? (witnesses.size === 1 && witnesses.has(name) ? 1 : undefined);
  if (count !== undefined) return count;
  throw wrong(0, `\`quorum ${name}\` names no group of the file`);
}

function wrong(at: number, why: string): BailiwickError {
  return new BailiwickError('config/unreadable', {
    message: `line ${at + 1} of the witness policy: ${why}`,
    suggestedAction: 'write it as c2sp.org/tlog-policy says, or start without it',
  });
}
