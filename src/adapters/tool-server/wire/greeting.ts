import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { legacyRevisions, modernRevision } from './revisions.ts';

/** Whether an answer to `server/discover` names the revision that is spoken here. */
export function offersModern(result: JsonObject): boolean {
  const versions = result['supportedVersions'];
  return Array.isArray(versions) && versions.includes(modernRevision);
}

/** The revision that a server chose in its answer to `initialize`, when it is spoken here. */
export function chosenRevision(result: JsonObject): string | undefined {
  const revision = result['protocolVersion'];
  return typeof revision === 'string' && legacyRevisions.includes(revision) ? revision : undefined;
}

export function saysListChanges(result: JsonObject): boolean {
  const capabilities = result['capabilities'];
  const tools = isJsonObject(capabilities) ? capabilities['tools'] : undefined;
  return isJsonObject(tools) && tools['listChanged'] === true;
}
