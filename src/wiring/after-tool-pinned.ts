import type { OutboxDraft } from '#contracts/outbox.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { isOf, isWhole } from './quarantine-changed.ts';
import type { Reaction } from './reaction.ts';
import type { OwedRecorder } from './record-owed.ts';

export interface LiftParts {
  readonly catalogue: Pick<ToolCatalogue, 'list'>;
  readonly overlay: Pick<OverlayFeed, 'current' | 'release'>;
  readonly records: OwedRecorder;
  readonly recompile: () => Promise<unknown>;
}

/**
 * A tool was pinned: the pin comes into force. A quarantine of a whole server ends when people have said yes to every definition that it shows in
 * the place of another: with the last yes, and never by itself.
 */
export function afterToolPinned(parts: LiftParts): Reaction {
  return {
    kind: 'tool-pinned',
    async react(drafts) {
      // The new pins are in force before a quarantine ends.
      await parts.recompile();
      const byServer = Map.groupBy(drafts, (one) => `${one.tenant}\n${serverOf(one)}`);
      for (const [first] of byServer.values()) if (first !== undefined) await lift(parts, first);
    },
  };
}

async function lift({ catalogue, overlay, records }: LiftParts, draft: OutboxDraft): Promise<void> {
  const { tenant, id, at } = draft;
  const server = serverOf(draft);
  const { entries } = await overlay.current();
  const whole = entries.filter((entry) => isOf(entry, { tenant, server }) && isWhole(entry));
  if (whole.length === 0) return;
  const shown = await catalogue.list(tenant, server);
  if (shown.some(({ state }) => state === 'quarantined')) return;
  await records.record([
    {
      name: `${id}/lifted`,
      at,
      draft: {
        type: 'stop.released',
        tenant,
        actors: [{ kind: 'system', name: 'system/refresh' }],
        details: { released: `tool ${server}`, why: 'every changed definition was approved' },
      },
    },
  ]);
  await overlay.release(whole.map(({ id: one }) => one));
}

/** INVARIANT: only the catalogue writes drafts of this kind. */
function serverOf({ body }: OutboxDraft): string {
  const server = body['server'];
  return typeof server === 'string' ? server : '';
}
