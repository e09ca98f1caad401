import type { DirectoryBook } from '#contracts/directory-book.ts';
import { directoryRules } from '#contracts/directory-rules.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { visibleText } from '#kernel/text/index.ts';

export interface AgentChecksParts {
  readonly directory: Pick<DirectoryBook, 'isConnected' | 'presence'>;
  readonly snapshot: () => Snapshot | undefined;
}

/**
 * What must hold of an Agent's document when it is put or changed, beside the documents: somebody who is
 * there answers for it. One that is there already is not asked again: its agent is an orphan, and another
 * change must not wait for it.
 */
export function createAgentChecks({ directory, snapshot }: AgentChecksParts) {
  return async (
    tenant: string,
    {
      kind,
      name,
      spec,
    }: { readonly kind: string; readonly name: string; readonly spec: JsonObject },
  ): Promise<readonly string[]> => {
    const { owner, review, nextReview } = spec;
    if (kind !== 'Agent' || typeof owner !== 'string') return [];
    const isRequired = directoryRules(snapshot()?.tenants[tenant]).reviewRequired;
    if (isRequired && review === undefined && nextReview === undefined) {
      return [
        `Agent \`${name}\`: \`review\` is missing (say how often it is reviewed: \`review: { every: 90d }\`)`,
      ];
    }
    if (!(await directory.isConnected(tenant))) return [];
    const presence = (await directory.presence(tenant, [owner])).get(owner);
    if (presence === 'present') return [];
    const who = visibleText(owner, { maxLength: 100 });
    const why = presence === 'inactive' ? 'is not there any more' : 'is nobody';
    return [
      `Agent \`${name}\`: \`owner\`: \`${who}\` ${why} in the directory (name somebody who is, by userName or e-mail)`,
    ];
  };
}
