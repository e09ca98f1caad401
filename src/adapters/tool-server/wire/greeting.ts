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

export interface Telling {
  /** The lists of which it says that they changed. */
  readonly lists: readonly ListName[];
  /** Whether it says so of single resources too. */
  readonly resources: boolean;
}

export type ListName = 'tools' | 'prompts' | 'resources';

const listNames: readonly ListName[] = ['tools', 'prompts', 'resources'];

export const tellsNothing: Telling = { lists: [], resources: false };

export function tellingOf(result: JsonObject): Telling {
  const { capabilities } = result;
  const says = (room: ListName, what: string): boolean => {
    const of = isJsonObject(capabilities) ? capabilities[room] : undefined;
    return isJsonObject(of) && of[what] === true;
  };
  return {
    lists: listNames.filter((name) => says(name, 'listChanged')),
    resources: says('resources', 'subscribe'),
  };
}

/** What a server of the modern era is asked to tell of. */
export function listenParams({ lists }: Telling, watched: readonly string[]): JsonObject {
  const wanted = Object.fromEntries(lists.map((name) => [`${name}ListChanged`, true]));
  const resources = watched.length === 0 ? {} : { resourceSubscriptions: [...watched] };
  return { notifications: { ...wanted, ...resources } };
}
