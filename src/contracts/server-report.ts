/** How a tool server does at one gateway. */
export type ServerState =
  /** Its process was started, or its greeting is on its way. */
  | 'starting'
  | 'up'
  /** It was tried, and does not work. */
  | 'failed'
  /** It is not even asked before something else is so: a stop ends, a secret is there. */
  | 'waiting'
  /** Nobody uses it at this gateway now. */
  | 'off';

/**
 * What a gateway tells control of one tool server, for the people who run it. INVARIANT: nothing is
 * decided by it, it is kept in memory alone, and no agent is told any of it.
 */
export interface ServerReport {
  readonly tenant: string;
  readonly server: string;
  /** Of its document: an older one says nothing of the newest. */
  readonly digest: string;
  readonly state: ServerState;
  readonly since: number;
  /** Processes or sessions that are open; `pid`, `era` and `revision` are of the newest. */
  readonly connections: number;
  readonly pid: number | null;
  readonly era: string | null;
  readonly revision: string | null;
  /** How the last one that ended by itself did. */
  readonly ended: {
    readonly at: number;
    readonly why: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
  } | null;
  /** Why the last look did not come to an end; null since one did. */
  readonly fault: { readonly at: number; readonly code: string; readonly message: string } | null;
  /** What the last look that came to an end was shown. */
  readonly tools: number | null;
  readonly lookedAt: number | null;
  readonly nextTryAt: number | null;
  /** Who signed what was started last, when that was verified, and by which wants: older ones say nothing. */
  readonly signed: {
    readonly at: number;
    readonly by: string;
    readonly wants: string;
  } | null;
  /** Lines that it printed beside its answers, ever; the last of them. */
  readonly printed: number;
  readonly lines: readonly string[];
  /**
   * Where each of these lines stands: `process:number`. Other processes have other names, also those of
   * another life of the gateway; numbers of one rise.
   */
  readonly places: readonly string[];
}

/** What is shown of the lines that a server prints. */
export const serverLines = { most: 200, longest: 400, bytes: 16_384 } as const;
