import type { JsonObject } from '#kernel/json/value.ts';

/**
 * A reaction that is owed: written in the same transaction as the effect that owes it, done by
 * wiring at least once, and gone only then. A draft of kind `record` has a RecordDraft as its body.
 */
export interface OutboxDraft {
  /** Names the reaction: the same id again is the same one, and is owed once. */
  readonly id: string;
  readonly tenant: string;
  readonly kind: string;
  readonly body: JsonObject;
  readonly at: number;
}

export type OwedDraft = Pick<OutboxDraft, 'id' | 'tenant'>;

/** What is owed. INVARIANT: a draft stays until `done` names it, whatever crashes in between. */
export interface Outbox {
  /** Durable before it resolves; for what is owed by no write of the store. */
  put(drafts: readonly OutboxDraft[]): Promise<void>;
  /** What is due by now, oldest first. */
  due(limit: number): Promise<readonly OutboxDraft[]>;
  done(drafts: readonly OwedDraft[]): Promise<void>;
  /** Not due before `at`: what cannot be done now holds up no other. */
  defer(drafts: readonly OwedDraft[], at: number): Promise<void>;
  /** Called after drafts were written, here or by another process, and now and then without. */
  onPut(listener: () => void): () => void;
}
