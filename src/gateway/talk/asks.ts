import { randomBytes } from 'node:crypto';
import { alone, type AskReply, type Fellows } from '#contracts/fellows.ts';
import type { Reply } from '#kernel/call.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';

/** What callers were asked in mid-call and have not answered. Only the instance that was asked can. */
export interface Asks {
  /** Undefined when too many wait already. `hear` is called once at most. */
  open(by: Principal, hear: (reply: Reply) => void): OpenAsk | undefined;
  /** A reply that came to this gateway, to whatever it belongs. One that belongs to nothing is dropped. */
  reply(by: Principal, id: string, reply: Reply): void;
  /** For the other gateways of the listener: answers how many it was for. */
  readonly replyHere: (reply: AskReply) => number;
}

export interface OpenAsk {
  readonly id: string;
  close(): void;
}

interface Waiting {
  readonly owner: string;
  readonly hear: (reply: Reply) => void;
}

export function createAsks(fellows: Pick<Fellows, 'others'> = alone): Asks {
  const waiting = new Map<string, Waiting>();
  const perOwner = new Map<string, number>();
  const close = (id: string): Waiting | undefined => {
    const one = waiting.get(id);
    if (one === undefined) return undefined;
    waiting.delete(id);
    const left = (perOwner.get(one.owner) ?? 1) - 1;
    if (left > 0) perOwner.set(one.owner, left);
    else perOwner.delete(one.owner);
    return one;
  };
  const replyHere = ({ tenant, instance, id, reply }: AskReply): number => {
    // INVARIANT: whoever else names it is not heard, and does not even end it.
    if (waiting.get(id)?.owner !== ownerOf({ tenant, instance })) return 0;
    close(id)?.hear(reply);
    return 1;
  };
  return {
    open(by, hear) {
      const owner = ownerOf(by);
      const open = perOwner.get(owner) ?? 0;
      if (open >= limits.asksOpen || waiting.size >= limits.asksOpenInAll) return undefined;
      const id = randomBytes(16).toString('base64url');
      waiting.set(id, { owner, hear });
      perOwner.set(owner, open + 1);
      return { id, close: () => void close(id) };
    },
    reply({ tenant, instance }, id, reply) {
      const name = { tenant, instance, id, reply };
      if (replyHere(name) > 0) return;
      // It may have been asked by another gateway: a client's connections land on any of them.
      for (const { ask } of fellows.others) ask.replyAsk(name).catch(() => undefined);
    },
    replyHere,
  };
}

function ownerOf({ tenant, instance }: Pick<Principal, 'tenant' | 'instance'>): string {
  return `${tenant}\n${instance}`;
}
