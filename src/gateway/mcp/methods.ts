import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { parseWireToolName, toolTarget } from '#kernel/tool.ts';
import { malformed, type Method, type Read, readBeside } from './method.ts';
import { promptGet } from './prompt-get.ts';
import { promptList } from './prompt-list.ts';
import { resourceMethods, resourceMethodsBefore } from './resources.ts';
import { legacyRevision, modernRevision, type Revision } from './revisions.ts';

const noArguments = emptyObject();
const noArgumentBytes = canonicalBytes(noArguments);

const greet: Method = { read: () => ({ action: { kind: 'greet' } }) };
const notice: Method = { read: () => ({ action: { kind: 'notice' } }) };

const shared: Readonly<Record<string, Method>> = {
  'notifications/cancelled': notice,
  'tools/list': { read: listTools, items: 'tools', ttlMs: limits.toolsListTtlMs },
  'tools/call': { read: callTool, names: 'name', refusesInResult: true },
  'prompts/list': promptList,
  'prompts/get': promptGet,
};

/** Every method that is served, by revision. */
const methods: Readonly<Record<Revision, Readonly<Record<string, Method>>>> = {
  [modernRevision]: { 'server/discover': greet, ...shared, ...resourceMethods },
  [legacyRevision]: {
    initialize: greet,
    ping: notice,
    'notifications/initialized': notice,
    ...shared,
    ...resourceMethodsBefore,
  },
};

/** Undefined when it is not served. */
export function methodOf(revision: Revision, name: string): Method | undefined {
  const served = methods[revision];
  return Object.hasOwn(served, name) ? served[name] : undefined;
}

/** What a greeting announces. INVARIANT: only what is served, and no notice that never comes. */
export function capabilitiesOf(revision: Revision): JsonObject {
  const rooms = Object.keys(methods[revision]).map((name) => name.split('/', 1)[0] ?? '');
  const told = ['tools', 'resources', 'prompts'].filter((room) => rooms.includes(room));
  return Object.fromEntries(told.map((room) => [room, {}]));
}

function listTools(params: JsonObject): Read | Refusal {
  const cursor = params['cursor'];
  // An empty cursor is a cursor; only its absence means the first page.
  if (cursor !== undefined && (typeof cursor !== 'string' || cursor.length > 512)) {
    return malformed('`cursor`');
  }
  return { action: { kind: 'tool-list', cursor } };
}

function callTool(params: JsonObject): Read | Refusal {
  const { name, arguments: given } = params;
  if (typeof name !== 'string' || name === '' || name.length > limits.toolNameBytes) {
    return malformed('`name`');
  }
  if (given !== undefined && !isJsonObject(given)) return malformed('`arguments`');
  const beside = readBeside(params);
  if (isRefusal(beside)) return beside;
  const id = parseWireToolName(name);
  return {
    ...beside,
    action: {
      kind: 'tool-call',
      target: id === undefined ? undefined : toolTarget(id),
      named: name,
      arguments: given ?? noArguments,
      argumentBytes: given === undefined ? noArgumentBytes : canonicalBytes(given),
    },
  };
}
