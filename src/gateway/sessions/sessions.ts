import { randomBytes } from 'node:crypto';
import { alone, type Fellows, type SessionNote } from '#contracts/fellows.ts';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { holderOf } from '../holder.ts';
import { declaredBits, declaredBy } from './declared.ts';

/** What a client said when it began. It gives no right to anything. */
export interface Session {
  readonly id: string;
  /** Whose it is: INVARIANT: for anybody else there is no such session. */
  readonly holder: string;
  readonly revision: string;
  readonly capabilities: JsonObject;
  /** The least severe level of a log that it wants to read; undefined until it says so. */
  readonly log: string | undefined;
}

export interface Begun {
  readonly revision: string;
  /** As the client declared them. */
  readonly capabilities: JsonObject | undefined;
}

/**
 * Sessions of revisions that have them. INVARIANT: what a session is stands sealed in its id, so that
 * every gateway of the listener knows it, also after a start, and nobody keeps it. Only what came later,
 * its level of the log and its end, is remembered, and told to the others.
 */
export interface Sessions {
  begin(by: Principal, begun: Begun): string;
  /** Undefined when it is none of ours, or has ended. */
  open(text: string): Session | undefined;
  setLevel(id: string, level: string): void;
  end(id: string): void;
  /** What another gateway of the listener was told. */
  readonly note: (note: SessionNote) => number;
}

export interface SessionParts {
  readonly seal: Pick<KeyringWrapper, 'wrap' | 'unwrap'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly fellows?: Pick<Fellows, 'others'>;
  /** Told of every one that ends, at whichever gateway. */
  readonly onEnd?: (id: string) => void;
}

type Claims = Omit<Session, 'log'> & { readonly bornAt: number };

export function createSessions({ seal, clock, fellows = alone, onEnd }: SessionParts): Sessions {
  const opened = new Map<string, Claims>();
  const notes = new Map<string, SessionNote>();
  const claimsOf = (text: string): Claims | undefined => {
    const claims = opened.get(text) ?? unsealed(seal, text);
    if (claims !== undefined) keep(opened, text, claims, limits.sessionNotes);
    return claims;
  };
  const note = (one: SessionNote): number => {
    // What has ended stays so, whatever else comes of it later.
    if (notes.get(one.session)?.ended === true) return 0;
    keep(notes, one.session, one, limits.sessionNotes);
    if (one.ended) onEnd?.(one.session);
    return 1;
  };
  const tell = (one: SessionNote): void => {
    note(one);
    for (const { ask } of fellows.others) ask.noteSession(one).catch(() => undefined);
  };
  return {
    begin(by, { revision, capabilities }) {
      const id = randomBytes(12).toString('base64url');
      const sealed = [id, holderOf(by), revision, declaredBits(capabilities), clock.now()];
      return `${form}${Buffer.from(seal.wrap(canonicalBytes(sealed), context)).toString('base64url')}`;
    },
    open(text) {
      const claims = claimsOf(text);
      if (claims === undefined) return undefined;
      const { bornAt, ...session } = claims;
      if (clock.now() - bornAt > limits.sessionMs) return undefined;
      const { level, ended } = notes.get(session.id) ?? {};
      return ended === true ? undefined : { ...session, log: level };
    },
    setLevel: (session, level) => tell({ session, level, ended: false }),
    end: (session) => tell({ session, level: undefined, ended: true }),
    note,
  };
}

/** Its first part says how the rest is to be read. */
const form = '1.';
const context = 'mcp-session\n1';
const longest = 512;

function unsealed(seal: SessionParts['seal'], text: string): Claims | undefined {
  if (!text.startsWith(form) || text.length > longest) return undefined;
  const bytes = Buffer.from(text.slice(form.length), 'base64url');
  // One id has one spelling: what is remembered of it is found again.
  if (bytes.toString('base64url') !== text.slice(form.length)) return undefined;
  let sealed: unknown;
  try {
    sealed = parseJson(seal.unwrap(bytes, context));
  } catch {
    return undefined;
  }
  if (!Array.isArray(sealed)) return undefined;
  const [id, holder, revision, bits, bornAt] = sealed as readonly unknown[];
  if (typeof id !== 'string' || typeof holder !== 'string') return undefined;
  if (typeof revision !== 'string' || typeof bits !== 'number') return undefined;
  if (typeof bornAt !== 'number') return undefined;
  return { id, holder, revision, capabilities: declaredBy(bits), bornAt };
}

/** Bounded: the oldest goes. */
function keep<Value>(all: Map<string, Value>, key: string, value: Value, most: number): void {
  if (!all.has(key) && all.size >= most) {
    const [oldest] = all.keys();
    if (oldest !== undefined) all.delete(oldest);
  }
  all.set(key, value);
}
