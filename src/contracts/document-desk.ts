import type { JsonObject } from '#kernel/json/value.ts';
import type { Act } from './desk.ts';
import type { DocumentPage, StoredDocument } from './document-store.ts';

/** What people do to documents; `src/config` keeps it, and the API knows it by this door only. */
export interface DocumentDesk {
  list(tenant: string, kind?: string): Promise<readonly StoredDocument[]>;
  page(wanted: DocumentPage): Promise<readonly StoredDocument[]>;
  /**
   * All or nothing: one that does not parse, refers to nothing or breaks policy changes nothing.
   * On record before it takes effect.
   */
  put(
    act: Act & {
      readonly kind: string;
      readonly name: string;
      readonly spec: JsonObject;
      readonly reason?: string | undefined;
    },
  ): Promise<{ readonly document: StoredDocument; readonly snapshot: string }>;
  /** All or nothing as well: what others refer to stays. A ToolServer's pins go with it. */
  remove(
    act: Act & {
      readonly kind: string;
      readonly name: string;
      readonly reason?: string | undefined;
    },
  ): Promise<{ readonly snapshot: string }>;
}
