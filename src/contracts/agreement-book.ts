import type { JsonObject } from '#kernel/json/value.ts';

/** What one person asked for and another has to agree to before it happens. */
export interface Agreement {
  readonly id: string;
  /** What is to be done, as whoever asks and does it knows to read it. */
  readonly act: JsonObject;
  readonly askedBy: string;
  readonly reason: string;
  readonly askedAt: number;
  /** Nobody can agree from then on. */
  readonly until: number;
}

/** Acts of two people. INVARIANT: each is agreed to at most once, in time, and never by whoever asked. */
export interface AgreementBook {
  ask(tenant: string, agreement: Agreement): Promise<void>;
  /** Those that somebody can still agree to, oldest first. */
  open(tenant: string, now: number): Promise<readonly Agreement[]>;
  /**
   * Durable before it resolves. Rejects with `audit/second-person` whoever asked, and with `api/not-found`
   * what is over, agreed to already, or was never asked.
   */
  agree(yes: {
    readonly tenant: string;
    readonly id: string;
    readonly by: string;
    readonly now: number;
  }): Promise<Agreement>;
  /** Nobody can agree to it from then on; what was agreed to, or never asked, stays as it is. */
  end(tenant: string, id: string): Promise<void>;
}
