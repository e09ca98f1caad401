import type { JsonObject } from '#kernel/json/index.ts';
import type { ConnectionNews } from '#contracts/tool-server.ts';
import {
  type Failed,
  notAsPinned,
  protocolBroken,
  unreachable,
  upstreamError,
} from '../wire/failed.ts';
import { chosenRevision, listenParams, offersModern, tellingOf } from '../wire/greeting.ts';
import type { Message } from '../wire/message.ts';
import { modernRevision } from '../wire/revisions.ts';
import { type Era, initializeBytes, notificationBytes, requestBytes } from '../wire/request.ts';
import type { ChildParts } from './child.ts';
import { homeFault } from './homes.ts';
import { prepare } from './packages.ts';
import { type Peer, startPeer } from './peer.ts';

/** A process that was greeted, and how it speaks. */
export interface Opened {
  readonly peer: Peer;
  readonly era: Era;
  readonly revision: string;
}

export interface KeeperParts extends ChildParts {
  /** What it may ask of whoever calls it. */
  readonly capabilities: JsonObject;
  /** Whether that was a word about something that changed. */
  readonly onNotice: (message: Message) => boolean;
  /** Whether it may serve. INVARIANT: asked of each process that was greeted, before anything else is. */
  readonly look: (opened: Opened) => Promise<Failed | undefined>;
  /** It is a new process. */
  readonly onRestart: () => void;
  readonly onNews: (news: ConnectionNews) => void;
}

/** Keeps one process for a connection: started at the first use, and again after it ended. */
export interface Keeper {
  current(): Opened | undefined;
  open(): Promise<Opened | Failed>;
  close(): Promise<void>;
}

/** Long, because a package may be loaded first; whoever asks meanwhile waits no longer than they may. */
const handshakeMs = 120_000;
const firstWaitMs = 100;
const longestWaitMs = 30_000;
/** A process that lived this long is not one that fails at its start. */
const settledMs = 10_000;

export function createKeeper(parts: KeeperParts): Keeper {
  let ready: Opened | undefined;
  let running: Peer | undefined;
  let opening: Promise<Opened | Failed> | undefined;
  let closed = false;
  let starts = 0;
  let waitMs = 0;

  const start = (connect: ChildParts['connect']): Peer => {
    starts += 1;
    const startedAt = performance.now();
    const child = { ...parts, connect };
    const peer = startPeer(child, {
      onNotice: parts.onNotice,
      onPrinted: (bytes) => parts.onNews({ kind: 'printed', bytes }),
      onGone: ({ told, exitCode, signal }) => {
        parts.onNews(closed ? { kind: 'closed' } : { kind: 'gone', why: told, exitCode, signal });
        if (ready?.peer === peer) ready = undefined;
        if (running === peer) running = undefined;
        waitMs = nextWait(waitMs, startedAt);
      },
    });
    running = peer;
    parts.onNews({ kind: 'starting', pid: peer.pid });
    return peer;
  };

  const open = async (): Promise<Opened | Failed> => {
    if (waitMs > 0) await pause(waitMs);
    if (closed) return unreachable('none');
    const connect = await whatToStart(parts);
    if (connect.kind === 'failed') return connect;
    if (closed) return unreachable('none');
    const peer = start(connect);
    const opened = await greetAndLook(peer, parts);
    if ('refusal' in opened) {
      void peer.stop(`it was ended: ${opened.refusal.message}`);
      return opened;
    }
    if (closed || running !== peer) return unreachable('none');
    ready = opened;
    parts.onNews({ kind: 'up', era: opened.era, revision: opened.revision });
    if (starts > 1) parts.onRestart();
    return opened;
  };

  return {
    current: () => ready,
    open() {
      if (closed) return Promise.resolve(unreachable('none'));
      if (ready !== undefined) return Promise.resolve(ready);
      opening ??= open().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    async close() {
      closed = true;
      ready = undefined;
      await running?.stop();
    },
  };
}

function nextWait(before: number, startedAt: number): number {
  const livedLong = performance.now() - startedAt > settledMs;
  return livedLong ? 0 : Math.min(Math.max(firstWaitMs, before * 2), longestWaitMs);
}

/** What is pinned is compared, and who signed it verified and told, right before each start. */
async function whatToStart(parts: KeeperParts): Promise<ChildParts['connect'] | Failed> {
  const homeless = homeFault(parts.home);
  if (homeless !== undefined) return unreachable('none', homeless);
  const prepared = await prepare(parts);
  const { signed, ...start } = 'why' in prepared ? { ...prepared, signed: undefined } : prepared;
  if (parts.signers?.length) parts.onNews({ kind: 'signed', signed });
  return 'why' in start ? notAsPinned(start.why, start.code) : { ...parts.connect, ...start };
}

async function greetAndLook(
  peer: Peer,
  { capabilities, look }: Pick<KeeperParts, 'capabilities' | 'look'>,
): Promise<Opened | Failed> {
  const opened = await greet(peer, capabilities);
  return 'refusal' in opened ? opened : ((await look(opened)) ?? opened);
}

/** The greeting that nearly every program knows first; one that refuses it may be modern. */
async function greet(peer: Peer, capabilities: JsonObject): Promise<Opened | Failed> {
  const message = await answerTo(peer, (id) => initializeBytes(id, capabilities));
  if ('refusal' in message) return message;
  if (message.kind === 'error') {
    return (await discover(peer)) ?? { ...upstreamError(message.error), effect: 'none' };
  }
  if (message.kind !== 'result') return protocolBroken('none', 'no answer to the greeting');
  const revision = chosenRevision(message.result);
  if (revision === undefined) {
    return protocolBroken('none', 'it speaks no revision that this gateway speaks');
  }
  peer.tell(notificationBytes('notifications/initialized'));
  return { peer, era: 'legacy', revision };
}

async function discover(peer: Peer): Promise<Opened | undefined> {
  const era = 'modern';
  const message = await answerTo(peer, (id) =>
    requestBytes({ id, era, method: 'server/discover', params: {} }),
  );
  if ('refusal' in message || message.kind !== 'result') return undefined;
  if (!offersModern(message.result)) return undefined;
  const telling = tellingOf(message.result);
  if (telling.lists.length > 0) {
    const params = listenParams(telling, []);
    const id = peer.nextId();
    peer.tell(requestBytes({ id, era, method: 'subscriptions/listen', params }));
  }
  return { peer, era, revision: modernRevision };
}

async function answerTo(peer: Peer, make: (id: number) => Buffer): Promise<Message | Failed> {
  const id = peer.nextId();
  const asked = peer.ask(id, make(id));
  if (asked === undefined) return unreachable('none');
  const reply = await within(asked, handshakeMs);
  if (reply === undefined) return unreachable('none', 'it does not answer the greeting');
  if (reply.kind === 'cut') return protocolBroken('none', 'its greeting does not end');
  return reply.kind === 'gone' ? unreachable('none', reply.why) : reply.message;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
