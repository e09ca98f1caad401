import type { LogReader } from '#contracts/log-store.ts';

/** One log, opened anew for each look. */
export interface ExportedLog {
  readonly tenant: string;
  readonly origin: string;
  readonly reader: LogReader;
}

/** How far one sink has come with one log. */
export interface ExportReach {
  readonly origin: string;
  readonly sent: number;
  readonly size: number;
}

/** How one sink does, for people. */
export interface ExportState {
  readonly sink: string;
  readonly kind: string;
  readonly tenant: string;
  readonly place: string;
  readonly form: string;
  readonly logs: readonly ExportReach[];
  /** Records that the receiver does not have yet. */
  readonly lag: number;
  /** Records that it has, since this program began. */
  readonly sent: number;
  /** Times that it did not take what it was given, since this program began. */
  readonly failures: number;
  /** Records that it will never take. */
  readonly dead: number;
  /** Why nothing goes on at the moment, when it does not. */
  readonly fault: string | undefined;
  /** Why a log stands still, when one does. */
  readonly stuck: readonly string[];
}
