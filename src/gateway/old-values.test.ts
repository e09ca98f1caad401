import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import type { ToolFlow, ToolObjects } from '#kernel/tool.ts';
import type { Lately } from '#planes/flow/index.ts';
import { oldValues } from './old-values.ts';

const none: ToolFlow = { sinks: {}, deeds: [], asserted: [], ids: [], names: [] };
const objects = (of: Partial<ToolObjects>): ToolObjects => ({
  writes: [],
  makes: [],
  reads: [],
  ...of,
});
const reads = objects({ reads: [{ kind: 'customer', at: 'id' }] });
const lists = objects({ reads: [{ kind: 'customer', in: 'customers[].id' }] });
const update = objects({ writes: [{ kind: 'customer', at: 'id' }] });

interface Call {
  readonly by?: ToolObjects;
  readonly asked?: JsonObject;
  readonly told: JsonObject;
  readonly whole?: Labels;
  readonly labels?: ToolFlow['labels'];
}
/** The newest last, as they were made. */
function calls(...all: readonly Call[]): readonly Lately[] {
  return all
    .map(({ by = reads, asked = { id: 'c-1' }, told, whole = [], labels }, at): Lately => {
      const flow = { ...none, objects: by, ...(labels === undefined ? {} : { labels }) };
      const open = () => ({ asked, result: { content: [], structuredContent: told } });
      return { target: 'crm/read', call: `call-${at}`, flow, whole, at, open };
    })
    .toReversed();
}
const would = (lately: readonly Lately[], given: JsonObject) =>
  oldValues(() => lately, update.writes, { id: 'c-1', ...given });
const told = (lately: readonly Lately[], given: JsonObject) =>
  would(lately, given).map(({ argument, was, untold }) => [argument, was ?? untold]);

describe('what stood where a call would put something else', () => {
  it('is what its task was told of that thing, member by member, where it differs [APR-15]', () => {
    const lately = calls({ told: { id: 'c-1', email: 'ann@old.example', tier: 1, city: 'Bonn' } });
    expect(would(lately, { email: 'ann@new.example', tier: 1, note: 'moved' })).toEqual([
      { argument: 'email', was: '"ann@old.example"', from: 'crm/read', call: 'call-0', at: 0 },
    ]);
  });

  it('is told by the item of a list, inside one more object, and of members within [APR-15]', () => {
    const lately = calls({
      by: lists,
      asked: {},
      told: {
        customers: [
          { id: 'c-2', tier: 9 },
          { id: 'c-1', tier: 2, address: { city: 'Bonn', zip: '53111' } },
        ],
      },
    });
    const given = { patch: { tier: 3 }, address: { city: 'Köln', zip: '53111' } };
    expect(told(lately, given)).toEqual([
      ['patch.tier', '2'],
      ['address.city', '"Bonn"'],
    ]);
    expect(told(calls({ told: { customer: { id: 'c-1', tier: 2 } } }), { tier: 3 })).toEqual([
      ['tier', '2'],
    ]);
  });

  it('is of no other thing, and nothing older than what wrote it since [APR-15]', () => {
    const other = calls({ asked: { id: 'c-2' }, told: { id: 'c-2', tier: 9 } });
    expect(told(other, { tier: 3 })).toEqual([]);
    const read = { told: { id: 'c-1', tier: 2 } };
    expect(told(calls(read, { by: update, told: { ok: true } }), { tier: 3 })).toEqual([]);
    const again = { by: update, told: { id: 'c-1', tier: 5 } };
    expect(told(calls(read, again), { tier: 3 })).toEqual([['tier', '5']]);
    const elsewhere = { by: update, asked: { id: 'c-2' }, told: { id: 'c-2', tier: 7 } };
    expect(told(calls(read, elsewhere), { tier: 3 })).toEqual([['tier', '2']]);
  });

  it('is not told where it is secret or of another company, or too long, and that is said [APR-15]', () => {
    const read = { told: { id: 'c-1', pin: '1234', tier: 2 } };
    const secret = { ...read, labels: { pin: ['confidentiality:secret'] } as const };
    const given = { pin: '9999', tier: 3 };
    expect(told(calls(secret), given)).toEqual([
      ['pin', 'guarded'],
      ['tier', '2'],
    ]);
    expect(told(calls({ ...read, whole: ['tenant:other'] }), given)).toEqual([
      ['pin', 'guarded'],
      ['tier', 'guarded'],
    ]);
    expect(told(calls({ told: { id: 'c-1', note: 'x'.repeat(5_000) } }), { note: 'y' })).toEqual([
      ['note', 'long'],
    ]);
  });

  it.each([
    ['of all that it stands in', 'ticket', { ticket: { id: 'c-1', pin: '1' } }, reads],
    ['of a list', 'customers', { customers: [{ id: 'c-1', pin: '1' }] }, lists],
    ['of items of a list', 'customers[]', { customers: [{ id: 'c-1', pin: '1' }] }, lists],
    ['of its own place', 'customers[].pin', { customers: [{ id: 'c-1', pin: '1' }] }, lists],
    ['of a part of it', 'pin.last', { id: 'c-1', pin: { last: '1' } }, reads],
  ])('is not told where the label is %s [APR-15]', (_of, path, answer: JsonObject, by) => {
    const labels = { [path]: ['confidentiality:secret'] } as const;
    const lately = calls({ by, told: answer, labels });
    expect(told(lately, { pin: '9' })).toEqual([['pin', 'guarded']]);
  });

  it('is of the thing that is named to the letter: what is only alike makes it unsure [APR-15]', () => {
    const read = { told: { id: 'c-1', tier: 2 } };
    const decoy = { asked: { id: 'C-1' }, told: { id: 'C-1', tier: 9 } };
    expect(told(calls(read, decoy), { tier: 3 })).toEqual([]);
    const both = { by: lists, asked: {}, told: { customers: [decoy.told, read.told] } };
    expect(told(calls(both), { tier: 3 })).toEqual([]);
    const several = { asked: { id: ['c-1', 'c-2'] }, told: { id: 'c-1', tier: 9 } };
    expect(told(calls(read, several), { tier: 3 })).toEqual([]);
  });

  it('is nothing that a text holds, where no document says that the server writes it [APR-15]', () => {
    const text = { content: [{ type: 'text', text: '{"tier":9}' }] };
    const [one] = calls({ told: {} });
    const held = { ...one, open: () => ({ asked: { id: 'c-1' }, result: text }) } as Lately;
    expect(told([held], { tier: 3 })).toEqual([]);
    const flow = { ...none, objects: reads, asserted: ['tier'] };
    expect(told([{ ...held, flow }], { tier: 3 })).toEqual([['tier', '9']]);
  });

  it('is left out where that is not sure: several things, what cannot be opened, a name with a dot [APR-15]', () => {
    const read = { told: { id: 'c-1', tier: 2, 'a.b': 1 } };
    expect(oldValues(() => calls(read), update.writes, { id: ['c-1', 'c-2'], tier: 3 })).toEqual(
      [],
    );
    expect(told(calls(read), { 'a.b': 2 })).toEqual([]);
    const shut = calls(read, { told: {} }).map((one, at) =>
      at === 0 ? { ...one, open: () => undefined } : one,
    );
    expect(told(shut, { tier: 3 })).toEqual([]);
  });

  it('opens so many answers and no more, and tells what a row has room for [APR-15]', () => {
    let opened = 0;
    const many = calls(...Array.from({ length: 1_000 }, () => ({ asked: { id: 'x' }, told: {} })));
    const counted = many.map((one) => ({ ...one, open: () => ((opened += 1), one.open()) }));
    expect(told(counted, { tier: 3 })).toEqual([]);
    expect(opened).toBe(20);
    const members = Array.from({ length: 100 }, (_unused, at) => [`m${at}`, 'x'.repeat(1_000)]);
    const wide = Object.fromEntries(members) as JsonObject;
    const given = Object.fromEntries(members.map(([name]) => [name, 'y'])) as JsonObject;
    const text = JSON.stringify(would(calls({ told: wide }), given));
    expect(text.length).toBeGreaterThan(10_000);
    expect(text.length).toBeLessThanOrEqual(16_384);
  });
});
