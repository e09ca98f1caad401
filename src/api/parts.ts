import type { PolicyProblem } from '#contracts/policy-engine.ts';
import type { Store } from '#contracts/store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PolicyEntry, Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalDesk } from '#planes/approvals/index.ts';
import type { AuditReader, Recorder } from '#planes/audit/index.ts';
import type { Vault } from '#planes/credentials/index.ts';
import type { Enrolment } from '#planes/identity/index.ts';
import type { PolicyGate } from '#planes/policy/index.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';

/** What the control program hands to its API. The API opens nothing itself. */
export interface ControlParts {
  readonly store: Store;
  readonly enrolment: Enrolment;
  readonly desk: ApprovalDesk;
  readonly vault: Vault;
  readonly reader: AuditReader;
  readonly recorder: Recorder;
  readonly policy: PolicyGate;
  readonly kinds: readonly DocumentKind<unknown>[];
  readonly clock: Clock;
  readonly tenant: string;
  readonly version: string;
  /** Judges policies against the tools that are pinned now; nothing is kept. */
  readonly checkPolicies: (policies: readonly PolicyEntry[]) => readonly PolicyProblem[];
  /** The configuration that is in force. */
  readonly snapshot: () => Snapshot | undefined;
  /** Compiles and publishes after a change; rejects with `config/invalid` and changes nothing. */
  readonly recompile: () => Promise<Snapshot>;
  /** Programs, protections, what is red; for `bailiwick status` and the page. */
  readonly status: () => Promise<JsonObject>;
}
