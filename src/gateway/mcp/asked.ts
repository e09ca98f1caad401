import type { JsonObject } from '#kernel/json/value.ts';
import type { RpcId } from './message.ts';
import type { Method } from './method.ts';
import { methodOf } from './methods.ts';
import { modernRevision, type Revision } from './revisions.ts';

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
}

export interface Asked {
  readonly id: RpcId | null;
  readonly method: string;
  /** Undefined of what could not be read so far. */
  readonly revision: Revision | undefined;
  /** Of a resource, as it was written. */
  readonly uri?: string | undefined;
}

/** What is said of us beside every result of the revision that wants it. */
const serverInfoKey = 'io.modelcontextprotocol/serverInfo';

export function isModern({ revision }: Asked): boolean {
  return revision === modernRevision;
}

export function askedMethod({ method, revision }: Asked): Method | undefined {
  return revision === undefined ? undefined : methodOf(revision, method);
}

/** What each revision wants in every complete result. */
export function complete(asked: Asked, meta: JsonObject, serverInfo: JsonObject): JsonObject {
  if (!isModern(asked)) return { _meta: meta };
  return {
    _meta: { ...meta, [serverInfoKey]: serverInfo },
    resultType: 'complete',
    ...kept(askedMethod(asked)),
  };
}

/** What is told is for its reader, so nobody else may keep it, nor for longer than a revocation takes. */
function kept(method: Method | undefined): JsonObject {
  return method?.ttlMs === undefined ? {} : { ttlMs: method.ttlMs, cacheScope: 'private' };
}
