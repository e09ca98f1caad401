import type { JsonObject } from '#kernel/json/value.ts';
import type { OutboxDraft } from './outbox.ts';

export interface StoredDocument {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
  readonly digest: string;
  /** Where it came from: `folder` documents are owned by their folder, `api` ones by the API. */
  readonly owner: 'folder' | 'api';
  readonly version: number;
  readonly appliedAt: number;
  readonly appliedBy: string;
}

/** One that was applied, whether it is in force or not. */
export interface DocumentVersion extends StoredDocument {
  readonly reason?: string;
  /** It went after this one. */
  readonly removed?: { readonly at: number; readonly by: string; readonly reason?: string };
}

/** A page by kind and name, in the order of the store; `after` is the last one told before it. */
export interface DocumentPage {
  readonly tenant: string;
  readonly kind?: string | undefined;
  /** Letters, small ones, that stand in its name. */
  readonly q?: string | undefined;
  readonly after?: { readonly kind: string; readonly name: string } | undefined;
  readonly limit: number;
}

export interface DocumentChange {
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
  readonly digest: string;
}

/**
 * Applied documents. Every applied version is kept and can be read by its digest. Each change owes
 * `recompile`.
 * `also`: the reactions that a change owes, written in its transaction.
 */
export interface DocumentStore {
  list(tenant: string): Promise<readonly StoredDocument[]>;
  page(wanted: DocumentPage): Promise<readonly StoredDocument[]>;
  get(tenant: string, kind: string, name: string): Promise<StoredDocument | undefined>;
  /**
   * All or nothing: replaces every document of this owner by `documents`. What the API owns becomes the folder's where
   * it is the same to the letter, in the same version; where it is not: `store/conflict`.
   */
  replaceAll(set: {
    readonly tenant: string;
    readonly owner: 'folder' | 'api';
    readonly documents: readonly DocumentChange[];
    readonly by: string;
    readonly now: number;
    readonly also?: readonly OutboxDraft[];
  }): Promise<readonly StoredDocument[]>;
  /**
   * All or nothing, in one transaction, and only if the documents are still those that `expects` names
   * (`documentsDigest`): else `config/moved`, and nothing has changed.
   */
  apply(set: {
    readonly tenant: string;
    readonly owner: 'folder' | 'api';
    readonly expects: string;
    readonly put: readonly DocumentChange[];
    readonly remove: readonly Pick<DocumentChange, 'kind' | 'name'>[];
    readonly by: string;
    readonly reason: string;
    readonly now: number;
    readonly also?: readonly OutboxDraft[];
  }): Promise<readonly StoredDocument[]>;
  /** One document of owner `api`; a document owned by a folder is `store/conflict`. */
  put(
    change: DocumentChange & {
      readonly tenant: string;
      readonly by: string;
      readonly now: number;
      readonly reason?: string | undefined;
      readonly also?: readonly OutboxDraft[];
    },
  ): Promise<StoredDocument>;
  /** Takes out a document of owner `api`; its versions stay readable by digest. */
  remove(one: {
    readonly tenant: string;
    readonly kind: string;
    readonly name: string;
    readonly by: string;
    readonly reason?: string | undefined;
    readonly also?: readonly OutboxDraft[];
  }): Promise<void>;
  /** Every version of it, newest first; of the newest thousand. */
  history(tenant: string, kind: string, name: string): Promise<readonly DocumentVersion[]>;
  byDigest(tenant: string, digest: string): Promise<StoredDocument | undefined>;
  /** Whether any document of it ever stood here, also where all of them are gone. */
  everStored(tenant: string): Promise<boolean>;
}
