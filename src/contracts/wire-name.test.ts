import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { ToolId } from '#kernel/tool.ts';
import { lookAlikeKey, parseWireName, wireName, wireNames } from './wire-name.ts';

const server = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const tool = fc.stringMatching(/^[A-Za-z0-9_./:-]{1,128}$/);
const id = fc.record({ server, tool });

describe('the name of a tool on the wire', () => {
  it('is one that every model takes, and always the same', () => {
    fc.assert(
      fc.property(id, (one) => {
        expect(wireName(one)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(wireName(one)).toBe(wireName({ ...one }));
      }),
    );
  });

  it('is server and tool, with what no model takes replaced', () => {
    expect(wireName({ server: 'billing', tool: 'create_refund' })).toBe('billing__create_refund');
    expect(wireName({ server: 'a', tool: 'b.c/d:e' })).toBe('a__b_c_d_e');
    expect(wireName({ server: 'a', tool: 'größe' })).toBe('a__gr__e');
  });

  it('that is too long is cut, and its end says which one it was', () => {
    const most = limits.wireNameLetters;
    const fits = { server: 'a', tool: 'x'.repeat(most - 3) };
    expect(wireName(fits)).toBe(`a__${fits.tool}`);
    const one = wireName({ server: 'a', tool: `${fits.tool}1` });
    const other = wireName({ server: 'a', tool: `${fits.tool}2` });
    expect([one.length, other.length]).toEqual([most, most]);
    expect(one.slice(0, most - 8)).toBe(other.slice(0, most - 8));
    expect(one).not.toBe(other);
  });

  it('is read by its first mark, in the form of before as well', () => {
    expect(parseWireName('a__b')).toEqual({ server: 'a', tool: 'b' });
    expect(parseWireName('a.b')).toEqual({ server: 'a', tool: 'b' });
    expect(parseWireName('a.b__c.d')).toEqual({ server: 'a', tool: 'b__c.d' });
    expect(parseWireName('a__b.c')).toEqual({ server: 'a', tool: 'b.c' });
    expect(parseWireName('a-1___b')).toEqual({ server: 'a-1', tool: '_b' });
    for (const none of ['', 'a', 'a_b', 'a__', 'a.', '__b', '.b']) {
      expect(parseWireName(none)).toBeUndefined();
    }
  });

  it('means for its reader what it is shown for, or nothing at all', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { selector: wireName, maxLength: 8 }), (ids) => {
        const names = wireNames(ids, (one) => one);
        for (const one of ids) expect(names.find(wireName(one))).toBe(one);
      }),
    );
  });

  it.each([
    ['replaced characters', ['x.y', 'x_y']],
    ['letters of two cases', ['getUser', 'getuser']],
    ['a dash and an underscore', ['get-user', 'get_user']],
    ['underscores in a row', ['get_user', 'get__user']],
  ])('that looks like another is both of them: %s', (_, tools) => {
    const ids: ToolId[] = [...tools, 'other'].map((name) => ({ server: 'a', tool: name }));
    const names = wireNames(ids, (one) => one);
    expect(ids.map((one) => names.clashes(one))).toEqual([true, true, false]);
    const back = wireNames(ids.toReversed(), (one) => one);
    expect(ids.map((one) => back.clashes(one))).toEqual([true, true, false]);
  });

  it('of two servers can look alike too', () => {
    const ids = [
      { server: 'a-', tool: 'b' },
      { server: 'a', tool: '_b' },
    ];
    expect(new Set(ids.map((one) => lookAlikeKey(wireName(one)))).size).toBe(1);
  });
});
