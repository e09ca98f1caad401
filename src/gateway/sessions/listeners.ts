import type { OfferWord } from '#contracts/fellows.ts';
import { sha256Base64url } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import type { LiveLine } from '../http/protocol.ts';
import { holderOf } from '../holder.ts';

/** What somebody who listens hears of, and how it is written to him. */
export interface Listening {
  readonly by: Principal;
  /** The session that it belongs to, which ends it. */
  readonly session: string | undefined;
  /**
   * Set where what is told has a place that a client can come back to: what it heard last, or an empty text.
   * INVARIANT: a place gives no right; it only says what need not be told again.
   */
  readonly after?: string;
  /** Before everything else; undefined is nothing. */
  readonly first: Buffer | undefined;
  readonly toolsChanged: Buffer | undefined;
  /** That a list of offers changed; undefined of what it does not want to hear. */
  readonly resourcesChanged?: Buffer | undefined;
  readonly promptsChanged?: Buffer | undefined;
  /** Undefined of a resource that it does not want to hear of. */
  readonly updated?: ((server: string, uri: string) => Wished | undefined) | undefined;
  /** What it asked for was judged by these: once they are others it has to ask again. */
  readonly endsWithRights?: readonly string[];
  /** When it is ended by us; undefined is nothing. */
  readonly last: Buffer | undefined;
}

export interface Wished {
  readonly bytes: Buffer;
  /** The rights with which it was asked for. */
  readonly rights: string;
}

export interface ListenersParts {
  /** INVARIANT: asked again and again: whoever may not act any more hears nothing either. */
  readonly mayListen: (by: Principal) => boolean;
  /** Another text whenever the tools that this principal is shown are others. */
  readonly tools: (by: Principal) => string;
  /** Another text whenever what this principal may name beside tools, or may do with it, may be other. */
  readonly rights: (by: Principal, judgedBy?: Snapshot) => string;
  /** INVARIANT: nobody hears of what he may not name, nor of what is stopped. */
  readonly mayHear: (by: Principal, about: Target) => boolean;
  /** Another number whenever anything that is shown may have changed. */
  readonly version: () => string;
  readonly monotonic: () => number;
}

/** Clients that wait for what happens without being asked. Bounded, in all and for each. */
export interface Listeners {
  readonly hasRoom: boolean;
  /** What somebody might name and do when he was judged, as it has to be the same when he is told. */
  rightsOf(by: Principal, judgedBy: Snapshot): string;
  open(listening: Listening, line: LiveLine): void;
  endSession(id: string): void;
  /** Tells whoever may have lost or won something by it; answers how many were told. */
  readonly offersChanged: (word: OfferWord) => number;
  /** Whether a stream of its own wants to hear of it. */
  isWanted(tenant: string, server: string, uri: string): boolean;
  /** Tells what changed, keeps alive, ends what may not go on. */
  look(): void;
  close(): void;
}

interface Open extends Listening {
  readonly line: LiveLine;
  readonly holder: string;
  readonly since: number;
  heardAt: number;
  tools: string;
  rights: string;
}

const keepAlive = Buffer.from(': \n\n');

export function createListeners(parts: ListenersParts): Listeners {
  const all = new Set<Open>();
  let version = '';
  let timer: NodeJS.Timeout | undefined;
  const leave = (one: Open): void => {
    all.delete(one);
    if (all.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const end = (one: Open): void => {
    leave(one);
    one.line.end(one.last);
  };
  const say = (one: Open, bytes: Buffer, isWord = true): void => {
    one.heardAt = parts.monotonic();
    // Whoever does not take the little that is told here has left, or never reads.
    if (!one.line.write(isWord ? placed(one, bytes) : bytes)) end(one);
  };
  const look = (): void => {
    const isNew = version !== parts.version();
    version = parts.version();
    for (const one of all) {
      const words = wordsAt(parts, one, isNew);
      if (words === 'over') end(one);
      else for (const bytes of words) say(one, bytes, bytes !== keepAlive);
    }
  };
  return {
    get hasRoom() {
      return all.size < limits.listeners;
    },
    rightsOf: (by, judgedBy) => parts.rights(by, judgedBy),
    open(listening, line) {
      const left = leftBehind(all, listening.by);
      if (left !== undefined) end(left);
      // Who asked for it was let pass when there was room: others were quicker.
      if (all.size >= limits.listeners) return line.end(listening.last);
      if (all.size === 0) version = parts.version();
      const one = opened(parts, listening, line);
      all.add(one);
      line.onClose(() => leave(one));
      say(one, listening.first ?? keepAlive, false);
      for (const bytes of missed(one)) say(one, bytes);
      timer ??= setInterval(look, lookMs).unref();
    },
    endSession(id) {
      for (const one of all) if (one.session === id) end(one);
    },
    offersChanged(word) {
      const hearers = hearersOf(parts, [...all], word);
      for (const [one, bytes] of hearers) say(one, bytes);
      return hearers.length;
    },
    isWanted: (tenant, server, uri) =>
      [...all].some(({ by, updated }) => by.tenant === tenant && updated?.(server, uri)),
    look,
    close() {
      for (const one of all) end(one);
    },
  };
}

/** A client that comes back has often left an old one behind that nobody closed. */
function leftBehind(all: ReadonlySet<Open>, by: Principal): Open | undefined {
  const holder = holderOf(by);
  const own = [...all].filter((one) => one.holder === holder);
  return own.length >= limits.listenersPerInstance ? own[0] : undefined;
}

/** With the place to which its client can come back: what it was shown by then. */
function placed(one: Open, bytes: Buffer): Buffer {
  return one.after === undefined
    ? bytes
    : Buffer.concat([Buffer.from(`id: ${placeOf(one)}\n`), bytes]);
}

function placeOf({ tools, rights }: Open): string {
  return [tools, rights].map((text) => sha256Base64url(text).slice(0, 16)).join('.');
}

/**
 * What has changed since the place that a client comes back to, by whichever gateway it was told. Words
 * about single resources are not kept: whoever needs them reads again.
 */
function missed(one: Open): readonly Buffer[] {
  if (one.after === undefined || one.after === '') return [];
  const [tools, rights] = placeOf(one).split('.');
  const [toolsThen, rightsThen] = one.after.split('.');
  const told = [
    tools === toolsThen ? undefined : one.toolsChanged,
    rights === rightsThen ? undefined : one.resourcesChanged,
    rights === rightsThen ? undefined : one.promptsChanged,
  ];
  return told.filter((bytes) => bytes !== undefined);
}

/** How soon a change is told, and how many of them at once. */
const lookMs = 1_000;

function wordsAt(parts: ListenersParts, one: Open, isNew: boolean): 'over' | readonly Buffer[] {
  const now = parts.monotonic();
  const isOver = now - one.since >= limits.listenMs || hasToAskAgain(parts, one);
  if (isOver || !parts.mayListen(one.by)) return 'over';
  if (isNew) return changed(parts, one);
  return now - one.heardAt >= limits.keepAliveMs ? [keepAlive] : [];
}

function hasToAskAgain({ rights }: ListenersParts, one: Open): boolean {
  return one.endsWithRights?.some((judgedBy) => judgedBy !== rights(one.by)) === true;
}

/** What it is told of a new configuration; a comment when that is nothing it asked for. */
function changed(parts: ListenersParts, one: Open): readonly Buffer[] {
  const [tools, rights] = [parts.tools(one.by), parts.rights(one.by)];
  const told = [
    tools === one.tools ? undefined : one.toolsChanged,
    rights === one.rights ? undefined : one.resourcesChanged,
    rights === one.rights ? undefined : one.promptsChanged,
  ];
  one.tools = tools;
  one.rights = rights;
  return told.filter((bytes) => bytes !== undefined);
}

function opened(parts: ListenersParts, listening: Listening, line: LiveLine): Open {
  const { by } = listening;
  const now = parts.monotonic();
  const shown = { tools: parts.tools(by), rights: parts.rights(by) };
  return { ...listening, ...shown, line, holder: holderOf(by), since: now, heardAt: now };
}

function hearersOf(
  parts: ListenersParts,
  all: readonly Open[],
  word: OfferWord,
): readonly (readonly [Open, Buffer])[] {
  return all.flatMap((one): (readonly [Open, Buffer])[] => {
    const { tenant } = one.by;
    const bytes = tenant === word.tenant ? wordFor(parts, one, word) : undefined;
    return bytes === undefined || !parts.mayListen(one.by) ? [] : [[one, bytes]];
  });
}

function wordFor(
  parts: ListenersParts,
  one: Open,
  { server, kind, uri }: OfferWord,
): Buffer | undefined {
  if (!parts.mayHear(one.by, { kind, owner: server, name: uri })) return undefined;
  if (uri === undefined) return kind === 'prompt' ? one.promptsChanged : one.resourcesChanged;
  const wished = one.updated?.(server, uri);
  // INVARIANT: what was judged by other rights is not told by these.
  return wished?.rights === parts.rights(one.by) ? wished.bytes : undefined;
}
