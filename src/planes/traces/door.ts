/** What a span says beside its name; texts of callers, arguments and results stand in none. */
export type Attribute = string | number | boolean | readonly string[];

export interface SpanEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** One span, as OpenTelemetry knows it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Of the caller, or of a span that is made of a record too; undefined: it is a root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Whose record it was made of. */
  readonly writer: string;
  /** Whether the caller wants it kept; what begins here is. */
  readonly isSampled: boolean;
  readonly kind: 'internal' | 'server' | 'client' | 'producer';
  /** Milliseconds since the epoch, with a fraction where it is known. */
  readonly startMs: number;
  readonly endMs: number;
  /** Why it failed, in our words; undefined when it did not. */
  readonly failure: string | undefined;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly events: readonly SpanEvent[];
}
