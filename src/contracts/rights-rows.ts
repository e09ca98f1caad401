import type { JsonObject } from '#kernel/json/value.ts';

export const rightsRowKinds = ['person', 'elevation', 'passkey', 'token'] as const;

/** One row of the store by which somebody is let in, or may something, whole. */
export interface RightsRow extends RightsRowName {
  /** All of it that gives something; not how often or when it was used. */
  readonly body: JsonObject;
}

export interface RightsRowName {
  readonly what: (typeof rightsRowKinds)[number];
  readonly tenant: string;
  readonly person: string;
  /** A person's name; the role and the name, of one that they took; a passkey's credential; a token's id. */
  readonly id: string;
}

/**
 * People, what they took for a time, their passkeys and tokens, as rows: for whoever compares them. Lives with
 * `control`. INVARIANT: nothing of it asks who may; only `kept-rights` writes by it.
 */
export interface RightsRows {
  /** Of all tenants; of what ends by time, what has not ended. */
  all(now: number): Promise<readonly RightsRow[]>;
  /** In one transaction: these are out, then those are in, in place of whatever stands where only one may. */
  replace(change: {
    readonly drop: readonly RightsRowName[];
    readonly put: readonly RightsRow[];
  }): Promise<void>;
}
