import { describe, expect, it } from 'vitest';
import type { ExportsHealth } from '#planes/export/index.ts';
import { exportsItem } from './exports-item.ts';

type Sink = ExportsHealth['sinks'][number];

const well: Sink = {
  sink: 'siem',
  kind: 'webhook',
  tenant: 'main',
  place: 'x',
  form: 'record',
  logs: [],
  lag: 0,
  sent: 5,
  failures: 0,
  dead: 0,
  fault: undefined,
  stuck: [],
  behindMs: 0,
};
const item = (change: Partial<Sink>, silentMs = 0) =>
  exportsItem({ sinks: [{ ...well, ...change }], silentMs });

describe('what the status says of exports', () => {
  it('is nothing where nobody is sent records, and green while all arrive', () => {
    expect(exportsItem({ sinks: [], silentMs: 99_999 })).toBeUndefined();
    expect(item({})).toEqual({ item: 'exports', state: 'green', why: 'records reach siem' });
  });

  it('is amber while it is tried again and over what is never taken, red once it stays behind', () => {
    const fault = 'it answers 503';
    expect(item({ fault, lag: 9, behindMs: 60_000 })).toMatchObject({ state: 'amber' });
    expect(item({ fault, lag: 9, behindMs: 60_001 })).toEqual({
      item: 'exports',
      state: 'red',
      why: 'siem: 9 records behind for 60 s; it answers 503',
    });
    expect(item({ dead: 2 })).toMatchObject({
      state: 'amber',
      why: 'records reach siem; never taken: siem: 2',
    });
  });

  it('is red over a log that stands still, and when the exporters say nothing', () => {
    expect(item({ stuck: ['`x`: this is another log'] })).toMatchObject({
      state: 'red',
      why: 'siem: `x`: this is another log',
    });
    expect(item({}, 30_001)).toMatchObject({ state: 'red' });
  });
});
