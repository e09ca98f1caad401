import type { Outbound } from './outbound.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { z } from 'zod';

/** One record on its way out. */
export interface ExportedRecord {
  /**
   * `origin#index#id`: the same each time that this record is sent, and of no other one. A receiver that keeps it takes
   * a record once.
   */
  readonly key: string;
  readonly origin: string;
  readonly index: number;
  readonly record: RecordEnvelope;
  /** The record in the form that the sink was asked to send, on one line. */
  readonly body: string;
  /** Of which form that is. */
  readonly form: ExportForm;
}

/** `record` is the leaf as it stands in the log, byte for byte; `ocsf` an event of OCSF 1.9; `cef` no JSON. */
export const exportForms = ['record', 'ocsf', 'cef'] as const;
export type ExportForm = (typeof exportForms)[number];

/** The record as a value inside JSON, whatever its form. */
export function jsonBody({ body, form }: Pick<ExportedRecord, 'body' | 'form'>): string {
  return form === 'cef' ? canonicalText(body) : body;
}

/** A record that this receiver will never take, as it is. */
export interface NeverTaken {
  /** Its place in the batch. */
  readonly at: number;
  readonly why: string;
}

/** What became of a batch. */
export interface SinkAnswer {
  /** Records `[0, settled)` of the batch need not be sent again: the receiver has them, or never takes them. */
  readonly settled: number;
  /** Those of them that it never takes, in order. */
  readonly never: readonly NeverTaken[];
  /** Why the rest is to be sent again, and not before; missing when all is settled. */
  readonly later?: { readonly why: string; readonly afterMs?: number };
}

/**
 * Gives records to one receiver. INVARIANT: what it says is settled the receiver said that it has, or refused for
 * good in words about that record alone; whatever else happens (nobody answers, half an answer, garbage, a
 * credential that is not taken) is `later`. It answers within its own deadline, or when the signal is aborted.
 */
export interface EventSink {
  /** Batches have no more; one record alone may be larger. */
  readonly most: { readonly records: number; readonly bytes: number };
  /** In order, and never two batches at once. */
  send(batch: readonly ExportedRecord[], signal: AbortSignal): Promise<SinkAnswer>;
  close(): Promise<void>;
}

export interface SinkParts {
  /** Asks what the operator named. */
  readonly outbound: Outbound;
  /** Read again each time, so that it can be changed: the text of a file, without the line break behind it. */
  readonly secret: (file: string) => Promise<string>;
  readonly now: () => number;
}

/** A kind of receiver that can be named in the file of exports. */
export interface SinkKind<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly kind: string;
  /** What is said of it beside what is said of every sink; unknown keys are problems. */
  readonly spec: z.ZodObject<Shape, z.core.$strict>;
  /** The host or file to which records go, for people. INVARIANT: nothing secret is in it. */
  placeOf(spec: z.output<z.ZodObject<Shape>>): string;
  open(spec: z.output<z.ZodObject<Shape>>, parts: SinkParts): EventSink;
}

export const takenAll = (count: number): SinkAnswer => ({ settled: count, never: [] });

export function takenLater(why: string, afterMs?: number): SinkAnswer {
  return { settled: 0, never: [], later: { why, ...(afterMs === undefined ? {} : { afterMs }) } };
}
