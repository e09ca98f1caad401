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
}

export function createChanges({ events, ...parts }: ChangesParts): Changes {
  const tools = createChangeBell(() => events.listChanged());
  const lists = new Map<string, ChangeBell>([
    ['notifications/tools/list_changed', tools],
    [
      'notifications/resources/list_changed',
      createChangeBell(() => events.offersChanged?.('resource')),
    ],
    [
      'notifications/prompts/list_changed',
      createChangeBell(() => events.offersChanged?.('prompt')),
    ],
  ]);
  const watched = new Map<string, ChangeBell>();
  const forget = (uri: string): void => {
    watched.get(uri)?.stop();
    if (watched.delete(uri)) parts.unwatch(uri);
  };
  const isWanted = (uri: string): boolean => events.isWatched?.(uri) === true;
  const updated = (uri: string): void => {
    if (isWanted(uri)) watched.get(uri)?.ring();
    else forget(uri);
  };
  return {
    hear(message) {
      if (message.kind !== 'notification') return false;
      const list = lists.get(message.method);
      list?.ring();
      if (list !== undefined) return true;
      if (message.method !== 'notifications/resources/updated') return false;
      const { uri } = message.params;
      if (typeof uri === 'string' && watched.has(uri)) updated(uri);
      return true;
    },
    toolsChanged: () => tools.ring(),
    watch(uri) {
      if (watched.has(uri)) return true;
      if (watched.size >= limits.watchedResourcesPerServer) {
        for (const one of watched.keys()) if (!isWanted(one)) forget(one);
      }
      if (watched.size >= limits.watchedResourcesPerServer) return false;
      watched.set(
        uri,
        createChangeBell(() => events.resourceUpdated?.(uri)),
      );
      return true;
    },
    get watched() {
      return [...watched.keys()];
    },
    isWatching: () => [...watched.keys()].some(isWanted),
    stop() {
      for (const bell of [...lists.values(), ...watched.values()]) bell.stop();
    },
  };
}

export const subscribeMethod = 'resources/subscribe';

export const tooManyWatched: ToolAnswer = {
  kind: 'failed',
  refusal: refusal('admit/overloaded', { retryAfter: 60 }),
  effect: 'none',
};
