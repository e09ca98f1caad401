import { BailiwickError } from '#kernel/errors.ts';
import { type NoteVerifier, parseVkey } from '#tlog/index.ts';
import { anchorName, readRoots, type TimestampTrust } from '#tlog/anchors/index.ts';

interface NamedPlace {
  readonly name: string;
  readonly url: string;
}

/** Somebody outside who notes the heads of the logs. */
export type AnchorPlace = TimestampPlace | RekorPlace;

export interface TimestampPlace extends NamedPlace {
  readonly kind: 'timestamp';
  /** Whose word counts, and nobody else's. */
  readonly trust: TimestampTrust;
  /** The policy that a timestamp must be by; any, unless said. */
  readonly policy: string | undefined;
}

export interface RekorPlace extends NamedPlace {
  readonly kind: 'rekor';
  /** The log's own key, and nobody else's. */
  readonly log: NoteVerifier;
}

export interface AnchorPolicy {
  readonly places: readonly AnchorPlace[];
  /** Of one log not more often. */
  readonly everyMs: number;
}

const usualMinutes = 60;
const mostMinutes = 7 * 24 * 60;
export const noAnchors: AnchorPolicy = { places: [], everyMs: usualMinutes * 60_000 };

/**
 * Reads `timestamp NAME URL ROOT [POLICY]` lines, ROOT a PEM file, `rekor NAME URL VKEY` lines, and at most one `every MINUTES`. INVARIANT: a
 * line that is not understood is an error: what it asks for would else be thought to hold.
 */
export function parseAnchorPolicy(text: string, readFile: (path: string) => string): AnchorPolicy {
  const places = new Map<string, AnchorPlace>();
  let minutes: number | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const [word = '', ...rest] = line.trim().split(/\s+/u);
    if (word === '' || word.startsWith('#')) continue;
    if (word === 'every' && minutes === undefined) minutes = minutesOf(rest, at);
    else if (word === 'timestamp') addPlace(places, timestampOf(rest, { at, readFile }), at);
    else if (word === 'rekor') addPlace(places, rekorOf(rest, at), at);
    else throw wrong(at, `\`${word}\` is not understood, or stands there twice`);
  }
  if (places.size === 0) throw wrong(0, 'it names nobody');
  return { places: [...places.values()], everyMs: (minutes ?? usualMinutes) * 60_000 };
}

function minutesOf(rest: readonly string[], at: number): number {
  const [text = '', ...more] = rest;
  if (/^[1-9]\d{0,4}$/u.test(text) && more.length === 0 && Number(text) <= mostMinutes) {
    return Number(text);
  }
  throw wrong(at, `\`every\` takes 1 to ${mostMinutes} minutes`);
}

interface Reading {
  readonly at: number;
  readonly readFile: (path: string) => string;
}

function timestampOf(
  [name = '', address = '', root = '', policy, ...more]: readonly string[],
  { at, readFile }: Reading,
): AnchorPlace {
  const url = plainUrl(address);
  const isPolicy = policy === undefined || /^[0-2](?:\.(?:0|[1-9]\d{0,8})){1,20}$/u.test(policy);
  if (!anchorName.test(name) || url === undefined || root === '' || !isPolicy || more.length > 0) {
    throw wrong(at, 'a timestamp is `timestamp NAME URL ROOT [POLICY]`, NAME of a-z, 0-9 and -');
  }
  try {
    const trust = { roots: readRoots(readFile(root)) };
    return { kind: 'timestamp', name, url, trust, policy };
  } catch (fault) {
    throw wrong(at, `\`${root}\`: ${fault instanceof Error ? fault.message : 'it cannot be read'}`);
  }
}

function rekorOf([name = '', address = '', vkey = '', ...more]: readonly string[], at: number) {
  const url = plainUrl(address);
  const log = logKey(vkey);
  if (!anchorName.test(name) || url === undefined || log === undefined || more.length > 0) {
    throw wrong(at, 'a log is `rekor NAME URL VKEY`, NAME of a-z, 0-9 and -, VKEY its Ed25519 key');
  }
  return { kind: 'rekor', name, url, log } as const;
}

function logKey(vkey: string): NoteVerifier | undefined {
  try {
    const log = parseVkey(vkey);
    return log.kind === 'log' ? log : undefined;
  } catch {
    return undefined;
  }
}

/** As it is asked; undefined where it could be read in another way. */
function plainUrl(text: string): string | undefined {
  const href = URL.parse(text)?.href ?? '';
  return /^https?:/u.test(href) && [text, `${text}/`].includes(href) ? href : undefined;
}

function addPlace(places: Map<string, AnchorPlace>, place: AnchorPlace, at: number): void {
  // Their answers have names of it.
  if (places.has(place.name)) throw wrong(at, `\`${place.name}\` is named twice`);
  places.set(place.name, place);
}

function wrong(at: number, why: string): BailiwickError {
  return new BailiwickError('config/unreadable', {
    message: `line ${at + 1} of the anchors: ${why}`,
    suggestedAction: 'write it as docs/audit.md says, or start without it',
  });
}
