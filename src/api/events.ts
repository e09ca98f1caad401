import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { holdsRole } from '#kernel/principal.ts';
import { personRoute, type Route } from './route.ts';
import { type Counters, type TenantWatch, topics } from './watch-tenant.ts';

const counter = z.number().int().min(0).optional();
/** INVARIANT: names of lists and counters; nothing that stands in one. */
const changed = z.strictObject(Object.fromEntries(topics.map((topic) => [topic, counter])));

/** Asked by a page with its credential in a header, as everything else; `EventSource` sends none. */
export const eventRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/events',
    summary: 'Which lists changed, told as they change (server-sent events)',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    streams: true,
    answer: changed,
    // What is told is what the watch sees once the answer has begun.
    handle: async () => ({}),
  }),
];

export interface Listener {
  readonly person: StoredPerson;
  /** Who that is now; undefined when they are nobody any more. */
  readonly again: () => Promise<StoredPerson | undefined>;
}

export interface EventStreams {
  /** Answers with events until somebody ends it. `admit/connections` where there are too many. */
  open(response: ServerResponse, listener: Listener): void;
  close(): void;
}

export interface EventBounds {
  readonly perPerson: number;
  readonly all: number;
  /** How often whoever hears nothing is told that the line is open, and asked whether they still may. */
  readonly beatMs: number;
  /** How long one answer lasts at most: whoever still looks asks again. */
  readonly mostMs: number;
  /** What may wait for a listener who does not read. */
  readonly waitingBytes: number;
}

const bounds: EventBounds = {
  perPerson: 16,
  all: 256,
  beatMs: 10_000,
  mostMs: 15 * 60_000,
  waitingBytes: 65_536,
};

export function createEventStreams(
  watch: TenantWatch,
  { perPerson, all, beatMs, mostMs, waitingBytes }: EventBounds = bounds,
): EventStreams {
  const open = new Map<ServerResponse, string>();
  return {
    open(response, listener) {
      // Gone before it began: nothing would say so again.
      if (response.destroyed) return;
      const { tenant, name } = listener.person;
      const whose = `${tenant} ${name}`;
      const theirs = [...open.values()].filter((one) => one === whose).length;
      if (theirs >= perPerson || open.size >= all) throw new BailiwickError('admit/connections');
      open.set(response, whose);
      response.writeHead(200, streamHeaders);
      const ask = createAsk(listener);
      // One after another: what is told first was seen first.
      let turn: Promise<void> = Promise.resolve();
      const tell = (text: string) => {
        turn = turn.then(async () => {
          if (response.writableEnded || response.destroyed) return;
          if (!(await ask())) response.end(event('ended', {}));
          else if (response.writableLength > waitingBytes) response.destroy();
          else response.write(text);
        });
      };
      const unfollow = watch.follow(watchedBy(listener.person), (now: Counters) =>
        tell(event('changed', changed.parse(now) as JsonObject)),
      );
      const beat = setInterval(() => tell(': still here\n\n'), beatMs);
      const last = setTimeout(() => response.end(event('again', {})), mostMs);
      for (const timer of [beat, last]) timer.unref();
      response.once('close', () => {
        unfollow();
        clearInterval(beat);
        clearTimeout(last);
        open.delete(response);
      });
    },
    close() {
      for (const response of open.keys()) response.end(event('again', {}));
    },
  };
}

/** Whether they may still listen, as they could when they began: nobody hears by a role that was taken from them. */
function createAsk({ person, again }: Listener): () => Promise<boolean> {
  const readsAll = holdsRole(person, 'auditor');
  return async () => {
    // What cannot be known is no: the page asks again, and is told why.
    const now = await again().catch(() => undefined);
    if (now === undefined) return false;
    return readsAll ? holdsRole(now, 'auditor') : holdsRole(now, 'owner');
  };
}

const watchedBy = (person: StoredPerson) => ({
  tenant: person.tenant,
  owner: holdsRole(person, 'auditor') ? undefined : person,
});

const event = (name: string, data: JsonObject) =>
  `event: ${name}\ndata: ${canonicalText(data)}\n\n`;

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Whoever stands in front keeps none of it back.
  'x-accel-buffering': 'no',
} as const;
