import type { ArgumentHeaders } from '#kernel/call.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { nextPageName } from '../results/next-page-tool.ts';
import { isLogLevel } from '../talk/levels.ts';
import { completeMethod } from './complete.ts';
import {
  malformed,
  type Method,
  type Read,
  readBeside,
  readContinued,
  readMeta,
  readUserReply,
} from './method.ts';
import { namedOnWire } from './named.ts';
import { promptGet } from './prompt-get.ts';
import { promptList } from './prompt-list.ts';
import { resourceMethods, resourceMethodsBefore, urisIn } from './resources.ts';
import { legacyRevisions, modernRevision, type Revision } from './revisions.ts';

const noArguments = emptyObject();
const noArgumentBytes = canonicalBytes(noArguments);

const greet: Method = { read: () => ({ action: { kind: 'greet' } }) };
const notice: Method = { read: () => ({ action: { kind: 'notice' } }) };

const shared: Readonly<Record<string, Method>> = {
  'tools/list': { read: listTools, items: 'tools', ttlMs: limits.toolsListTtlMs },
  'tools/call': { read: callTool, names: 'name', refusesInResult: true, talks: true },
  'prompts/list': promptList,
  'prompts/get': promptGet,
  'completion/complete': completeMethod,
};

/** The same in all revisions that begin with a handshake: what differs is what is told, and how. */
const legacy: Readonly<Record<string, Method>> = {
  initialize: greet,
  ping: notice,
  'logging/setLevel': { read: setLevel, setsLevel: true },
  ...shared,
  ...resourceMethodsBefore,
};

/** Every method that is served, by revision. */
const methods = new Map<Revision, Readonly<Record<string, Method>>>([
  [
    modernRevision,
    {
      'server/discover': greet,
      'subscriptions/listen': { read: listen, listens: true },
      ...shared,
      ...resourceMethods,
    },
  ],
  ...legacyRevisions.map((revision) => [revision, legacy] as const),
]);

/** Undefined when it is not served. A notice asks for nothing, so that every one is taken note of. */
export function methodOf(revision: Revision, name: string): Method | undefined {
  const served = methods.get(revision) ?? {};
  if (Object.hasOwn(served, name)) return served[name];
  return name.startsWith('notifications/') ? notice : undefined;
}

/** Whether any revision serves it, under this very name. */
export function isServedSomewhere(name: string): boolean {
  for (const served of methods.values()) if (Object.hasOwn(served, name)) return true;
  return false;
}

/** What a greeting announces. INVARIANT: only what is served, and no notice that never comes. */
export function capabilitiesOf(revision: Revision): JsonObject {
  const rooms = Object.keys(methods.get(revision) ?? {}).map((name) => name.split('/', 1)[0] ?? '');
  const told = ['tools', 'resources', 'prompts', 'logging', 'completion'].filter((room) =>
    rooms.includes(room),
  );
  return Object.fromEntries(told.map((room) => [capabilityOf(room), announced[room] ?? {}]));
}

/** The room and what is announced of it have one name, but for one. */
function capabilityOf(room: string): string {
  return room === 'completion' ? 'completions' : room;
}

const changing: JsonObject = { listChanged: true };
const announced: Readonly<Record<string, JsonObject>> = {
  tools: changing,
  prompts: changing,
  resources: { listChanged: true, subscribe: true },
};

/** INVARIANT: what is not honoured is not acknowledged either; see `listen.ts`. */
function listen({ notifications, _meta: meta }: JsonObject): Read | Refusal {
  if (!isJsonObject(notifications)) return malformed('`notifications`');
  if (urisIn(notifications['resourceSubscriptions']) === undefined) {
    return malformed('`resourceSubscriptions`');
  }
  const about = readMeta(meta);
  return about === undefined ? malformed('`_meta`') : { ...about, action: { kind: 'notice' } };
}

function setLevel({ level }: JsonObject): Read | Refusal {
  if (!isLogLevel(level)) return malformed('`level`');
  return { action: { kind: 'notice' } };
}

function listTools(params: JsonObject, server?: string): Read | Refusal {
  const cursor = params['cursor'];
  // An empty cursor is a cursor; only its absence means the first page.
  if (cursor !== undefined && (typeof cursor !== 'string' || cursor.length > 512)) {
    return malformed('`cursor`');
  }
  return { action: { kind: 'tool-list', cursor, server } };
}

function callTool(params: JsonObject, server?: string, headers?: ArgumentHeaders): Read | Refusal {
  const { name, arguments: given } = params;
  if (typeof name !== 'string' || name === '' || name.length > limits.toolNameBytes) {
    return malformed('`name`');
  }
  if (given !== undefined && !isJsonObject(given)) return malformed('`arguments`');
  const beside = readBeside(params, true);
  if (isRefusal(beside)) return beside;
  const continued = readContinued(params);
  if (isRefusal(continued)) return continued;
  const args = {
    arguments: given ?? noArguments,
    argumentBytes: given === undefined ? noArgumentBytes : canonicalBytes(given),
  };
  // The gateway's own: what it is about only its cursor says.
  if (name === nextPageName) {
    if (continued !== undefined) return malformed('`requestState`');
    return { ...beside, action: { kind: 'result-page', target: undefined, named: name, ...args } };
  }
  const replied = readUserReply(continued, beside);
  if (isRefusal(replied)) return replied;
  return {
    ...beside,
    ...replied,
    action: {
      kind: 'tool-call',
      continued: replied === undefined ? continued : undefined,
      headers,
      ...namedOnWire('tool', name, server),
      ...args,
    },
  };
}
