import { describe, expect, it } from 'vitest';
import { neededOf } from './needed-fields.ts';

const given = {
  to: 'ann',
  body: 'hello',
  meta: { id: 4, note: 'x' },
  items: [
    { id: 1, note: 'a' },
    { id: 2, note: 'b' },
  ],
};
const keep = (...paths: string[]) => neededOf(given, [{ paths }]);

describe('the fields that a call needs', () => {
  it('are kept with all that is below, and the rest is named by its path, once [DAT-11]', () => {
    expect(keep('to', 'meta', 'items[].id')).toEqual({
      value: { to: 'ann', meta: { id: 4, note: 'x' }, items: [{ id: 1 }, { id: 2 }] },
      surplus: ['body', 'items[].note'],
    });
  });

  it('lose nothing where all of them are named', () => {
    const { value, surplus } = keep('to', 'body', 'meta.id', 'meta.note', 'items[]');
    expect([value, surplus]).toEqual([given, []]);
  });

  it('are none of a shape that no path leads into [DAT-11]', () => {
    expect(keep('to.name', 'items.id', 'meta[].id').value).toEqual({ meta: {}, items: [] });
    expect(keep('to.name').surplus).toEqual(['to', 'body', 'meta', 'items']);
    expect(keep('t', 'bodyguard').value).toEqual({});
  });

  it('go the way of no name that has dots or brackets in it [DAT-11]', () => {
    const odd = {
      'meta.requester.email': 'x',
      meta: { 'requester.email': 'y', 'requester"': 'z' },
      'items[].id': 1,
      items: [{ 'id[]': 2 }],
    };
    const { value, surplus } = neededOf(odd, [{ paths: ['meta.requester.email', 'items[].id'] }]);
    expect(value).toEqual({ meta: {}, items: [{}] });
    expect(surplus).toHaveLength(5);
  });

  it('are those that every list names [DAT-11]', () => {
    const both = neededOf(given, [{ paths: ['to', 'body'] }, { paths: ['body', 'meta'] }]);
    expect(both).toEqual({ value: { body: 'hello' }, surplus: ['meta', 'items', 'to'] });
  });
});
