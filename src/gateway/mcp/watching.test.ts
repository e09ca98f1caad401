import { describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { LiveLine } from '../http/protocol.ts';
import type { Listeners, Listening } from '../sessions/listeners.ts';
import { createSubscriptions } from '../sessions/subscriptions.ts';
import type { Front } from './front.ts';
import { subscription } from './listen.ts';
import { subscribing } from './watching.ts';

const uri = 'file:///a';
const by = { tenant: 'main' } as Principal;
const before = {} as Snapshot;
const opened: Listening[] = [];
const listeners = {
  rightsOf: (_: Principal, judgedBy: Snapshot) => (judgedBy === before ? 'before' : 'after'),
  open: (listening: Listening) => void opened.push(listening),
} as unknown as Listeners;
const result = { kind: 'result' } as Outcome;

describe('what a client asked to hear of a resource', () => {
  it('is told with the rights by which that was judged, whatever they are when it is told yes', () => {
    const subscriptions = createSubscriptions();
    const front = { listeners, subscriptions } as unknown as Front;
    const session = { id: 's', holder: 'h', revision: '', capabilities: {}, log: undefined };
    const message = {
      kind: 'request',
      id: 1,
      method: 'resources/subscribe',
      params: { uri },
    } as const;
    const heard = subscribing(front, { message, session, server: undefined });
    heard.onIdentified?.(by, before);
    heard.onEnded?.(result);
    expect(subscriptions.rightsOf('s', 'files', uri)).toBe('before');
  });

  it('is told so on a stream of its own too, which ends once they are others', () => {
    const params = { notifications: { resourceSubscriptions: [uri] } };
    const message = { kind: 'request', id: 1, method: 'subscriptions/listen', params } as const;
    const asked = subscription(message, { listeners, serverInfo: {}, server: undefined });
    asked.onEnded?.({ kind: 'noticed', recordId: 'r', principal: by });
    const [also] = asked.also ?? [];
    also?.onIdentified?.(by, before);
    also?.onEnded(result);
    asked.live?.({} as LiveLine);
    expect(opened[0]?.updated?.('files', uri)?.rights).toBe('before');
    expect(opened[0]?.endsWithRights).toEqual(['before']);
  });
});
