/**
 * Where calls stand in W3C traces. INVARIANT: no id of a span is made up. The span of a call is the tail
 * of the call's id, the span that goes upstream is the tail of its intent's id (62 random bits each, never
 * all zero), and a trace that begins here is the whole id of the call that began it: whoever has the record
 * has them all, and nothing is paid for them on the way.
 */

/** Why what a caller said of its trace does not stand: what it is, or that its headers say another one. */
export type TraceIgnored = 'malformed' | 'differs';

export interface Traced {
  /** The `traceparent` of the caller, as far as version 00 reads it; undefined: the call begins a trace. */
  readonly trace: string | undefined;
  readonly traceIgnored?: TraceIgnored | undefined;
}

export const untraced: Traced = { trace: undefined };
const malformed: Traced = { trace: undefined, traceIgnored: 'malformed' };

const ids = '(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}';
/** A version that is not known may go on behind what is known of it. */
const wellFormed = new RegExp(`^(?:00-${ids}|(?!00|ff)[0-9a-f]{2}-${ids}(?:-[\\x20-\\x7e]*)?)$`);
const knownLength = 55;
const longest = 256;

/** What one `traceparent` says. Several in one text are none. */
export function tracedBy(value: unknown): Traced {
  if (value === undefined) return untraced;
  if (typeof value !== 'string' || value.length > longest || !wellFormed.test(value)) {
    return malformed;
  }
  return { trace: value.slice(0, knownLength) };
}

/**
 * A message may say it and the headers around it, too: the message is nearer to the call, because what
 * carried it may have spans of its own and several messages. So it wins, where it can be read.
 */
export function tracedInMessage(value: unknown, around: Traced): Traced {
  if (value === undefined) return around;
  const said = tracedBy(value);
  if (said.trace === undefined) return { trace: around.trace, traceIgnored: 'malformed' };
  const isSame = around.trace === undefined || traceIdOf(around.trace) === traceIdOf(said.trace);
  return isSame ? said : { trace: said.trace, traceIgnored: 'differs' };
}

/** Of a whole `traceparent`, or of the bare id that stands in records of a trace that began here. */
export function traceIdOf(trace: string): string {
  return trace.length === knownLength ? trace.slice(3, 35) : trace;
}

/** The caller's span; undefined where the trace began here. */
export function parentSpanOf(trace: string): string | undefined {
  return trace.length === knownLength ? trace.slice(36, 52) : undefined;
}

/** As an id of a trace: of a call that nobody sent one with. */
export function traceBegunBy(id: string): string {
  return id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + spanOf(id);
}

export function spanOf(id: string): string {
  return id.slice(19, 23) + id.slice(24);
}

/** Of what a token was given for: by its digest, as its record says it. */
export function tokenSpan(token: string): string {
  return token.slice(0, 16);
}

/** What a token says of the trace, and its digest, as the `traceparent` of what is done by it. */
export function traceByToken(claim: string, token: string): string {
  return `00-${claim.slice(0, 32)}-${tokenSpan(token)}${claim.slice(32)}`;
}

/** The same, to be signed: which trace, and whether it is sampled. The span is the token itself. */
export function traceClaim(trace: string): string {
  return `${traceIdOf(trace)}-${isSampled(trace) ? '01' : '00'}`;
}

/** In which it stands: as it says, or else as the token says by which it came; undefined: it begins one. */
export function traceOf(
  call: { readonly trace: string | undefined },
  principal: { readonly delegation?: { readonly trace?: string } } | undefined,
): string | undefined {
  return call.trace ?? principal?.delegation?.trace;
}

/** What goes upstream with a call. */
export function traceparentOut(walk: {
  readonly call: { readonly id: string; readonly trace: string | undefined };
  readonly principal: Parameters<typeof traceOf>[1];
  readonly intent: string;
}): string {
  const { call, principal, intent } = walk;
  return traceparentFrom(traceOf(call, principal) ?? traceBegunBy(call.id), spanOf(intent));
}

/**
 * From here on, of a whole `traceparent` or a bare id. Of the caller's flags the one that version 00 has had
 * from the beginning: readers are about that take a text with others for none. What begins here is sampled.
 */
export function traceparentFrom(trace: string, span: string): string {
  return `00-${traceIdOf(trace)}-${span}-${isSampled(trace) ? '01' : '00'}`;
}

export function isSampled(trace: string): boolean {
  return trace.length !== knownLength || (Number.parseInt(trace.slice(54), 16) & 1) === 1;
}
