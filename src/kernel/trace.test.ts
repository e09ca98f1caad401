import { describe, expect, it } from 'vitest';
import { newId } from './ids.ts';
import {
  parentSpanOf,
  spanOf,
  traceBegunBy,
  tracedBy,
  tracedInMessage,
  traceIdOf,
  traceparentOut,
  untraced,
} from './trace.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';
const sent = `00-${trace}-${span}-01`;

const id = newId(1_700_000_000_000);
const intent = newId(1_700_000_000_001);

function out(said: string | undefined): string {
  return traceparentOut({ call: { id, trace: said }, principal: undefined, intent });
}

describe('what a caller says of its trace', () => {
  it('is believed where it is a traceparent [AUD-14]', () => {
    expect(tracedBy(sent)).toEqual({ trace: sent });
    expect(traceIdOf(sent)).toBe(trace);
    expect(parentSpanOf(sent)).toBe(span);
    expect(tracedBy(undefined)).toBe(untraced);
  });

  it.each([
    ['no text', 7],
    ['empty', ''],
    ['too short', sent.slice(1)],
    ['too long', `${sent}0`],
    ['with more behind it in version 00', `${sent}-00`],
    ['of a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
    ['of a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['of the version that there is none of', `ff-${trace}-${span}-01`],
    ['in capitals', sent.toUpperCase()],
    ['twice, as one list', `${sent}, ${sent}`],
    ['with a line break', `${sent}\n`],
    ['of a later version and endless', `01-${trace}-${span}-01-${'x'.repeat(10_000)}`],
    ['of a later version, with what is not printed', `01-${trace}-${span}-01-\u0000`],
  ])('is not believed when it is %s, and that is said [AUD-14]', (_, value) => {
    expect(tracedBy(value)).toEqual({ trace: undefined, traceIgnored: 'malformed' });
  });

  it('is read of a later version as far as this one goes', () => {
    const later = `cc-${trace}-${span}-01-what.ever`;
    expect(tracedBy(later)).toEqual({ trace: later.slice(0, 55) });
    expect(out(later.slice(0, 55))).toMatch(/^00-/);
  });

  it('is what the message says, before what its headers say [AUD-14]', () => {
    const around = tracedBy(`00-${trace}-${'a'.repeat(16)}-00`);
    const other = tracedBy(`00-${'e'.repeat(32)}-${span}-01`);
    expect(tracedInMessage(sent, around)).toEqual({ trace: sent });
    expect(tracedInMessage(sent, untraced)).toEqual({ trace: sent });
    expect(tracedInMessage(undefined, around)).toBe(around);
    expect(tracedInMessage(sent, other)).toEqual({ trace: sent, traceIgnored: 'differs' });
    expect(tracedInMessage('x', around)).toEqual({
      trace: around.trace,
      traceIgnored: 'malformed',
    });
  });
});

describe('what goes upstream', () => {
  it('stands in the trace of the token by which a call came that says none [AUD-14]', () => {
    const principal = { delegation: { trace: `00-${trace}-${'c'.repeat(16)}-00` } };
    const of = (said: string | undefined) =>
      traceparentOut({ call: { id, trace: said }, principal, intent });
    expect(of(undefined)).toBe(`00-${trace}-${spanOf(intent)}-00`);
    const other = `00-${'e'.repeat(32)}-${span}-01`;
    expect(of(other)).toContain('e'.repeat(32));
  });

  it('goes on with the trace of the caller, from a span of ours [AUD-14]', () => {
    expect(out(sent)).toBe(`00-${trace}-${spanOf(intent)}-01`);
    expect(spanOf(intent)).toMatch(/^[89ab][0-9a-f]{15}$/);
    expect(intent.replaceAll('-', '').endsWith(spanOf(intent))).toBe(true);
  });

  it.each([
    ['00', '00'],
    ['01', '01'],
    ['02', '00'],
    ['03', '01'],
    ['ff', '01'],
  ])('says sampled or not as the caller did, and nothing else: %s', (flags, told) => {
    expect(out(`00-${trace}-${span}-${flags}`).slice(-3)).toBe(`-${told}`);
  });

  it('begins a trace by the id of the call where nobody sent one [AUD-14]', () => {
    const begun = out(undefined);
    expect(begun).toBe(`00-${id.replaceAll('-', '')}-${spanOf(intent)}-01`);
    expect(traceBegunBy(id)).toBe(id.replaceAll('-', ''));
    expect(tracedBy(begun)).toEqual({ trace: begun });
    expect(parentSpanOf(traceBegunBy(id))).toBeUndefined();
    expect(traceIdOf(traceBegunBy(id))).toBe(traceBegunBy(id));
  });
});
