import type { Outcome } from '#kernel/call.ts';
import { canonicalText, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Also, LiveLine, Reading } from '../http/protocol.ts';
import type { Listeners, Listening } from '../sessions/listeners.ts';
import type { Subscriptions } from '../sessions/subscriptions.ts';
import { subscribeTo, urisIn } from './resources.ts';
import type { Message } from './revision.ts';
import { eventBytes } from './talk.ts';

const subscriptionKey = 'io.modelcontextprotocol/subscriptionId';
const toolsChanged = 'notifications/tools/list_changed';
const promptsChanged = 'notifications/prompts/list_changed';
const resourcesChanged = 'notifications/resources/list_changed';
const updated = 'notifications/resources/updated';

interface Live extends Pick<Reading, 'onEnded'> {
  readonly live?: (line: LiveLine) => void;
}
type About = Omit<Listening, 'by'>;

/** What stays open for whoever was let pass. */
export function liveOf(listeners: Listeners, aboutOf: (by: Principal) => About): Live {
  let by: Principal | undefined;
  return {
    onEnded(outcome: Outcome | undefined) {
      if (outcome?.kind === 'noticed') by = outcome.principal;
    },
    live(line) {
      if (by === undefined) line.end(undefined);
      else listeners.open({ ...aboutOf(by), by }, line);
    },
  };
}

interface SessionStream {
  readonly by: Principal;
  readonly session: string | undefined;
  /** The last place of it that its client has read. */
  readonly after: string;
}

/** The stream of a session with a handshake: what changes, and nothing of any call. */
export function sessionStream(
  { by, session, after }: SessionStream,
  subscriptions: Subscriptions | undefined,
): About {
  if (session !== undefined) subscriptions?.heardFrom(by, session);
  return {
    session,
    after,
    first: undefined,
    toolsChanged: eventOf({ method: toolsChanged }),
    resourcesChanged: eventOf({ method: resourcesChanged }),
    promptsChanged: eventOf({ method: promptsChanged }),
    updated(server, uri) {
      if (session === undefined) return undefined;
      const rights = subscriptions?.rightsOf(session, server, uri);
      if (rights === undefined) return undefined;
      return { bytes: eventOf({ method: updated, params: { uri } }), rights };
    },
    last: undefined,
  };
}

export interface Subscribing {
  readonly listeners: Listeners;
  readonly serverInfo: JsonObject;
  /** At whose own address it was asked; undefined at that of all. */
  readonly server: string | undefined;
}

/**
 * What a client of the newest revision asked to hear. INVARIANT: it is acknowledged first, as much of it
 * as is honoured, and nothing is told that was not asked for, nor of what it may not read.
 */
export function subscription(
  { id, params }: Extract<Message, { kind: 'request' }>,
  { listeners, serverInfo, server }: Subscribing,
): Live & Pick<Reading, 'also'> {
  const given = params['notifications'];
  const wanted = isJsonObject(given) ? given : emptyObject();
  const meta = { [subscriptionKey]: id };
  const granted = new Map<string, string>();
  const also = (urisIn(wanted['resourceSubscriptions']) ?? []).map((uri): Also => {
    let rights = '';
    return {
      method: 'resources/subscribe',
      action: subscribeTo(uri, server),
      onIdentified: (by, judgedBy) => void (rights = listeners.rightsOf(by, judgedBy)),
      onEnded(outcome) {
        if (outcome.kind === 'result') granted.set(uri, rights);
      },
    };
  });
  const aboutOf = (): About => aboutSubscription({ id, wanted, meta, granted, serverInfo, server });
  return { ...liveOf(listeners, aboutOf), also };
}

interface Asked extends Pick<Subscribing, 'serverInfo' | 'server'> {
  readonly id: string | number;
  readonly wanted: JsonObject;
  readonly meta: JsonObject;
  /** Those of the resources that it may hear of, and the rights by which that was judged. */
  readonly granted: ReadonlyMap<string, string>;
}

function aboutSubscription({ id, wanted, meta, granted, serverInfo, server: of }: Asked): About {
  const lists = ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged'] as const;
  const [tools, prompts, resources] = lists.map((name) => wanted[name] === true);
  const honoured: JsonObject = {
    ...Object.fromEntries(
      lists.filter((name) => wanted[name] === true).map((name) => [name, true]),
    ),
    ...(granted.size === 0 ? {} : { resourceSubscriptions: [...granted.keys()] }),
  };
  const listOf = (hears: boolean | undefined, method: string): Buffer | undefined =>
    hears === true ? eventOf({ method, params: { _meta: meta } }) : undefined;
  const info = { ...meta, 'io.modelcontextprotocol/serverInfo': serverInfo };
  return {
    session: undefined,
    first: eventOf({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: meta, notifications: honoured },
    }),
    toolsChanged: listOf(tools, toolsChanged),
    promptsChanged: listOf(prompts, promptsChanged),
    resourcesChanged: listOf(resources, resourcesChanged),
    updated(server, uri) {
      const rights = granted.get(uri);
      if (rights === undefined || (of !== undefined && of !== server)) return undefined;
      return { bytes: eventOf({ method: updated, params: { _meta: meta, uri } }), rights };
    },
    endsWithRights: [...granted.values()],
    last: eventOf({ id, result: { _meta: info, resultType: 'complete' } }),
  };
}

function eventOf(message: JsonObject): Buffer {
  return eventBytes(Buffer.from(canonicalText({ ...message, jsonrpc: '2.0' })));
}
