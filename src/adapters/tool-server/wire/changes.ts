import type { ToolAnswer, ToolServerEvents } from '#contracts/tool-server.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type ChangeBell, createChangeBell } from './change-bell.ts';
import type { Message } from './message.ts';

/** What a server says of its lists and of single resources, told on at most once a second each. */
export interface Changes {
  /** Whether it was such a word. */
  hear(message: Message): boolean;
  /** Its tools may be others, for a reason of our own. */
  toolsChanged(): void;
  /** INVARIANT: what was not asked to be watched is told to nobody. False when there is no room. */
  watch(uri: string): boolean;
  readonly watched: readonly string[];
  isWatching(): boolean;
  stop(): void;
}

export interface ChangesParts {
  readonly events: ToolServerEvents;
  /** Nobody wants to hear of it any more. */
  unwatch(uri: string): void;
  readonly monotonic?: () => number;
}

/**
 * INVARIANT: what is to be heard of is watched before its server is asked, and wanted only once whoever asks
 * is told yes: so long it is let go for no want of it.
 */
const pendingMs = 60_000;

interface Watched {
  readonly bell: ChangeBell;
  askedAt: number;
}

export function createChanges({
  events,
  monotonic = () => performance.now(),
  ...parts
}: ChangesParts): Changes {
  const tools = createChangeBell(() => events.listChanged());
  const lists = listBells(events, tools);
  const watched = new Map<string, Watched>();
  const forget = (uri: string): void => {
    watched.get(uri)?.bell.stop();
    if (watched.delete(uri)) parts.unwatch(uri);
  };
  const isWanted = (uri: string): boolean => events.isWatched?.(uri) === true;
  const mayForget = (uri: string, { askedAt }: Watched): boolean =>
    monotonic() - askedAt >= pendingMs && !isWanted(uri);
  const forgetUnwanted = (): void => {
    for (const [uri, one] of watched) if (mayForget(uri, one)) forget(uri);
  };
  // However often its server says so, who wants to hear of it is asked when it is told alone.
  const updated = (uri: string): void => {
    const one = watched.get(uri);
    if (one === undefined) return;
    if (mayForget(uri, one)) forget(uri);
    else events.resourceUpdated?.(uri);
  };
  return {
    hear(message) {
      if (message.kind !== 'notification') return false;
      const list = lists.get(message.method);
      list?.ring();
      if (list !== undefined) return true;
      if (message.method !== 'notifications/resources/updated') return false;
      const { uri } = message.params;
      if (typeof uri === 'string') watched.get(uri)?.bell.ring();
      return true;
    },
    toolsChanged: () => tools.ring(),
    watch(uri) {
      const one = watched.get(uri);
      if (one !== undefined) {
        one.askedAt = monotonic();
        return true;
      }
      if (watched.size >= limits.watchedResourcesPerServer) forgetUnwanted();
      if (watched.size >= limits.watchedResourcesPerServer) return false;
      const bell = createChangeBell(() => updated(uri));
      watched.set(uri, { bell, askedAt: monotonic() });
      return true;
    },
    get watched() {
      return [...watched.keys()];
    },
    isWatching: () => [...watched.keys()].some(isWanted),
    stop() {
      for (const bell of lists.values()) bell.stop();
      for (const { bell } of watched.values()) bell.stop();
    },
  };
}

function listBells(events: ToolServerEvents, tools: ChangeBell): ReadonlyMap<string, ChangeBell> {
  const offers = (kind: 'resource' | 'prompt') =>
    createChangeBell(() => events.offersChanged?.(kind));
  return new Map([
    ['notifications/tools/list_changed', tools],
    ['notifications/resources/list_changed', offers('resource')],
    ['notifications/prompts/list_changed', offers('prompt')],
  ]);
}

export const subscribeMethod = 'resources/subscribe';

export const tooManyWatched: ToolAnswer = {
  kind: 'failed',
  refusal: refusal('admit/overloaded', { retryAfter: 60 }),
  effect: 'none',
};
