import type { OutboxDraft } from '#contracts/outbox.ts';
import type { OwedKind } from '#contracts/owed.ts';

/**
 * What one kind of draft leads to. INVARIANT: idempotent. It is done at least once for each draft,
 * and again after a crash that came before the draft was taken out; a fault means not done.
 */
export interface Reaction {
  readonly kind: OwedKind;
  react(drafts: readonly OutboxDraft[]): Promise<void>;
}
