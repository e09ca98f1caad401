import type { TimedPage } from './list-place.ts';
import type { Approval } from '#kernel/grant.ts';
import type { Labels } from '#kernel/label.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import type { RaisedLabel } from './label-book.ts';
import type { Lease } from './lease-book.ts';
import type { OutboxDraft } from './outbox.ts';
import type { NewWords, SpokenWords, WordsKept } from './spoken-words.ts';

/**
 * Implicit: begun for the agent, or for one instance of it, by itself. `begun`: by a person, for what it is
 * narrowed to and for as long as was said. `delegated`: of one user's delegation, beside the others.
 */
export type TaskKind = 'implicit-agent' | 'implicit-instance' | 'begun' | 'delegated';

/** Stands for all unbound bearers of an agent, where an instance is named: they prove no key. */
export const unboundInstance = 'unbound';

/** How the instances of unbound bearers are called. */
const unboundName = /^unbound-/;

/** Whether an instance of the task's agent works in it. */
export function isOf({ instance }: Pick<Task, 'instance'>, one: string): boolean {
  if (instance === undefined) return true;
  return instance === unboundInstance ? unboundName.test(one) : instance === one;
}

/** The unit of work that labels, grants and leases belong to, and that ends. */
export interface Task {
  readonly tenant: string;
  readonly id: string;
  readonly agent: string;
  readonly owner: string;
  readonly kind: TaskKind;
  /** Set where the agent's instances share nothing: whose it is. */
  readonly instance: string | undefined;
  readonly begun?: BegunBy;
  readonly begunAt: number;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  readonly reason: string | undefined;
}

/** What whoever began a task said of it. */
export interface BegunBy {
  readonly by: string;
  readonly reason: string;
  /**
   * The user's own words are sealed beside the record, and nothing here is made of them: a digest would tell
   * whoever guesses them that they were these, also once they are erased. Earlier versions kept one.
   */
  readonly intent: string | undefined;
  /**
   * The words themselves, where a person said them. INVARIANT: sealed by whoever owns the store, under the key that
   * the record's body is sealed under, so that an erasure takes both; no view of a task shows them.
   */
  readonly words?: string;
  /** Undefined: whatever the manifest lists. */
  readonly scope: TaskScope | undefined;
  /** From then on nobody works in it. */
  readonly until: number;
}

/** One conversation of one instance inside a task; it ends with the task. */
export interface Session {
  readonly tenant: string;
  readonly id: string;
  readonly task: string;
  readonly agent: string;
  readonly instance: string;
  readonly begunAt: number;
  readonly endedAt: number | undefined;
}

export interface NewTask {
  readonly id: string;
  readonly agent: string;
  readonly owner: string;
  readonly kind: TaskKind;
  readonly instance: string | undefined;
  readonly begun?: BegunBy;
  /** What it takes over: there from its first moment. */
  readonly labels: readonly RaisedLabel[];
  /** The task whose words hold in this one too, also what is said there later. */
  readonly wordsOf?: string | undefined;
}

export type NewSession = Pick<Session, 'id' | 'task' | 'agent' | 'instance'>;

export interface TaskEnding {
  readonly tenant: string;
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly now: number;
  /** What it is said to carry. INVARIANT: nothing is shed that whoever ends it was not told of. */
  readonly labels: Labels;
  /** Servers whose process serves everybody: their leases are not of this task alone. */
  readonly sharedServers: readonly string[];
}

export interface EndedTask {
  readonly task: Task;
  /** Open approvals that ended with it: nobody can spend them any more. */
  readonly voided: readonly Approval[];
  readonly leases: readonly Lease[];
}

/** `q` is looked for in the names of the agent and of its owner. */
export interface TaskFilter extends TimedPage {
  readonly tenant: string;
  readonly agent?: string;
  /** Without those that are over. */
  readonly open?: boolean;
}

/** The gateway's half. */
export interface GatewayTasks {
  /**
   * What the user of an open task said that they want, the oldest first: what the task goes on with from another one
   * before what was said in it. Empty where nobody said anything; what was erased is left out. One more than `mostWords` at most.
   */
  words(tenant: string, task: string): Promise<readonly SpokenWords[]>;
  /** Durable before it resolves; `identity/task-ended` of one that is over. What was said is never taken away. */
  say(words: NewWords): Promise<WordsKept>;
}

/** Tasks and their sessions. Lives with `control`. */
export interface TaskBook extends GatewayTasks {
  /**
   * All of it or nothing, durable before it resolves. INVARIANT: beside what is delegated to
   * it an agent has at most one open task, or one for each instance; a second one is `store/conflict`.
   */
  begin(what: {
    readonly tenant: string;
    readonly tasks: readonly NewTask[];
    readonly sessions: readonly NewSession[];
    readonly now: number;
  }): Promise<void>;
  /**
   * One transaction: the task, its sessions, open approvals and leases end, and no label is raised
   * in it any more. Rejects with `store/conflict` when it carries other labels than was said, with
   * `api/not-found` for an unknown one. One that is over already stays as it is. `owed` is asked
   * inside, for what the end owes.
   */
  end(ending: TaskEnding, owed?: (ended: EndedTask) => readonly OutboxDraft[]): Promise<EndedTask>;
  get(tenant: string, id: string): Promise<Task | undefined>;
  /** Newest first. */
  list(filter: TaskFilter): Promise<readonly Task[]>;
  /** Every open task and session of a tenant: what the roster is made of. */
  open(
    tenant: string,
  ): Promise<{ readonly tasks: readonly Task[]; readonly sessions: readonly Session[] }>;
  sessions(tenant: string, task: string): Promise<readonly Session[]>;
  labels(tenant: string, task: string): Promise<readonly RaisedLabel[]>;
  /** Labels from before there were tasks, by the sessions of that time. */
  legacyLabels(tenant: string): Promise<readonly RaisedLabel[]>;
}
