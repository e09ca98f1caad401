import { actDraft } from '#contracts/desk.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { CatalogueEntry, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { ToolDesk } from './door.ts';
import { asPeopleSee } from './shut.ts';

interface Parts {
  readonly catalogue: Pick<ToolCatalogue, 'get' | 'reject'>;
  readonly overlay: Pick<OverlayFeed, 'current'>;
  readonly clock: Clock;
}

/** A no takes nothing but hope: it takes effect first, and its record is owed in the same transaction. */
export async function reject(
  parts: Parts,
  act: Parameters<ToolDesk['reject']>[0],
): Promise<CatalogueEntry> {
  const { by, server, tool, digest, reason } = act;
  const found = await parts.catalogue.get(by.tenant, server, tool);
  const [entry] = found === undefined ? [] : await asPeopleSee(parts, [found]);
  if (entry === undefined) {
    throw new BailiwickError('api/not-found', {
      message: `no tool is called \`${server}/${tool}\``,
    });
  }
  if (entry.state === 'pinned' || entry.state === 'gone') throw nothingToReject(entry);
  const now = parts.clock.now();
  const draft = actDraft('tool.rejected', act, { server, tool, digest });
  const said = { tenant: by.tenant, server, tool, digest, by: by.name, reason, now };
  return parts.catalogue.reject({ ...said, also: [oweRecord(draft, now)] });
}

function nothingToReject({ server, tool, state }: CatalogueEntry): BailiwickError {
  return state === 'gone'
    ? new BailiwickError('store/conflict', {
        message: `\`${server}/${tool}\` is not shown any more: there is nothing to reject`,
        suggestedAction: 'look at `bailiwick tool list`',
      })
    : new BailiwickError('store/conflict', {
        message: `\`${server}/${tool}\` is approved: a no is to what waits or has changed`,
        suggestedAction: `stop it: \`bailiwick stop tool ${server}/${tool} --reason …\``,
      });
}
