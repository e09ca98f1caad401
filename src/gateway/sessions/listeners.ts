import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { LiveLine } from '../http/protocol.ts';
import { holderOf } from '../holder.ts';

/** What somebody who listens hears of, and how it is written to him. */
export interface Listening {
  readonly by: Principal;
  /** The session that it belongs to, which ends it. */
  readonly session: string | undefined;
  /** Before everything else; undefined is nothing. */
  readonly first: Buffer | undefined;
  readonly toolsChanged: Buffer | undefined;
  /** When it is ended by us; undefined is nothing. */
  readonly last: Buffer | undefined;
}

export interface ListenersParts {
  /** INVARIANT: asked again and again: whoever may not act any more hears nothing either. */
  readonly mayListen: (by: Principal) => boolean;
  /** Another text whenever the tools that this principal is shown are others. */
  readonly tools: (by: Principal) => string;
  /** Another number whenever anything that is shown may have changed. */
  readonly version: () => string;
  readonly monotonic: () => number;
}

/** Clients that wait for what happens without being asked. Bounded, in all and for each. */
export interface Listeners {
  readonly hasRoom: boolean;
  open(listening: Listening, line: LiveLine): void;
  endSession(id: string): void;
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
  const say = (one: Open, bytes: Buffer): void => {
    one.heardAt = parts.monotonic();
    // Whoever does not take the little that is told here has left, or never reads.
    if (!one.line.write(bytes)) end(one);
  };
  const look = (): void => {
    const now = parts.monotonic();
    const isNew = version !== parts.version();
    version = parts.version();
    for (const one of all) {
      if (!parts.mayListen(one.by) || now - one.since >= limits.listenMs) end(one);
      else if (isNew && hasChanged(parts, one)) say(one, one.toolsChanged ?? keepAlive);
      else if (now - one.heardAt >= limits.keepAliveMs) say(one, keepAlive);
    }
  };
  return {
    get hasRoom() {
      return all.size < limits.listeners;
    },
    open(listening, line) {
      const now = parts.monotonic();
      const holder = holderOf(listening.by);
      const own = [...all].filter((one) => one.holder === holder);
      // A client that comes back has often left an old one behind that nobody closed.
      if (own.length >= limits.listenersPerInstance && own[0] !== undefined) end(own[0]);
      // Who asked for it was let pass when there was room: others were quicker.
      if (all.size >= limits.listeners) return line.end(listening.last);
      if (all.size === 0) version = parts.version();
      const tools = parts.tools(listening.by);
      const one = { ...listening, line, holder, since: now, heardAt: now, tools };
      all.add(one);
      line.onClose(() => leave(one));
      say(one, listening.first ?? keepAlive);
      timer ??= setInterval(look, lookMs).unref();
    },
    endSession(id) {
      for (const one of all) if (one.session === id) end(one);
    },
    look,
    close() {
      for (const one of all) end(one);
    },
  };
}

/** How soon a change is told, and how many of them at once. */
const lookMs = 1_000;

function hasChanged({ tools }: ListenersParts, one: Open): boolean {
  const now = tools(one.by);
  if (now === one.tools) return false;
  one.tools = now;
  return true;
}
