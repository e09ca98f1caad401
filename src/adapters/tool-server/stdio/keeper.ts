import type { ToolServerEvents } from '#contracts/tool-server.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { type Failed, protocolBroken, unreachable, upstreamError } from '../wire/failed.ts';
import { initializeBytes, notificationBytes } from '../wire/request.ts';
import { legacyRevisions } from '../wire/revisions.ts';
import type { ChildParts } from './child.ts';
import { type Peer, type Reply, startPeer } from './peer.ts';

/** Keeps one process for a connection: started at the first use, and again after it ended. */
export interface Keeper {
  current(): Peer | undefined;
  open(): Promise<Peer | Failed>;
  close(): Promise<void>;
}

const handshakeMs = 30_000;
const firstWaitMs = 100;
const longestWaitMs = 30_000;
/** A process that lived this long is not one that fails at its start. */
const settledMs = 10_000;

export function createKeeper(parts: ChildParts & { readonly events: ToolServerEvents }): Keeper {
  let ready: Peer | undefined;
  let running: Peer | undefined;
  let opening: Promise<Peer | Failed> | undefined;
  let closed = false;
  let starts = 0;
  let waitMs = 0;

  const start = (): Peer => {
    starts += 1;
    const startedAt = performance.now();
    const peer = startPeer(parts, {
      onListChanged: () => parts.events.listChanged(),
      onGone: () => {
        if (ready === peer) ready = undefined;
        if (running === peer) running = undefined;
        const livedLong = performance.now() - startedAt > settledMs;
        waitMs = livedLong ? 0 : Math.min(Math.max(firstWaitMs, waitMs * 2), longestWaitMs);
      },
    });
    running = peer;
    return peer;
  };

  const open = async (): Promise<Peer | Failed> => {
    if (waitMs > 0) await pause(waitMs);
    if (closed) return unreachable('none');
    const peer = start();
    const failed = await greet(peer);
    if (failed !== undefined) {
      void peer.stop();
      return failed;
    }
    if (closed || running !== peer) return unreachable('none');
    ready = peer;
    if (starts > 1) parts.events.listChanged();
    return peer;
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

async function greet(peer: Peer): Promise<Failed | undefined> {
  const id = peer.nextId();
  const asked = peer.ask(id, initializeBytes(id));
  if (asked === undefined) return unreachable('none');
  const reply = await within(asked, handshakeMs);
  if (reply === undefined) return unreachable('none', 'it does not answer the greeting');
  const failed = checkGreeting(reply);
  if (failed === undefined) peer.tell(notificationBytes('notifications/initialized'));
  return failed;
}

function checkGreeting(reply: Reply): Failed | undefined {
  if (reply.kind === 'gone') return unreachable('none', reply.why);
  const { message } = reply;
  if (message.kind === 'error') return { ...upstreamError(message.error), effect: 'none' };
  if (message.kind !== 'result' || !isJsonObject(message.result)) {
    return protocolBroken('none', 'no answer to the greeting');
  }
  const revision = message.result['protocolVersion'];
  return typeof revision === 'string' && legacyRevisions.includes(revision)
    ? undefined
    : protocolBroken('none', 'it speaks no revision that this gateway speaks');
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
