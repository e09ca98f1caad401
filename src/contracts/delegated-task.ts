import type { TaskScope } from '#kernel/snapshot.ts';
import type { RaisedLabel } from './label-book.ts';

/** The task of a delegation: its labels, leases and grants are its own. */
export interface DelegatedTask {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  /** For whom: how records name the owner of the task. */
  readonly owner: string;
  readonly scope: TaskScope | undefined;
  readonly intent: string | undefined;
  /** The task whose words hold in this one too. */
  readonly wordsOf?: string | undefined;
  readonly labels: readonly RaisedLabel[];
  readonly reason: string;
  readonly until: number;
}

/** What the plane that keeps tasks does for the one that keeps delegations. */
export interface DelegatedTasks {
  /** On record, in the books, and known to the gateways where it is scoped; answers its id. */
  begin(task: DelegatedTask): Promise<string>;
  /** Whether somebody can still work in it. */
  isOpen(tenant: string, id: string): Promise<boolean>;
  /** Leases, grants and labels end with it. One that is over stays as it is. */
  end(ask: {
    readonly tenant: string;
    readonly id: string;
    readonly by: string;
    readonly reason: string;
  }): Promise<void>;
}
