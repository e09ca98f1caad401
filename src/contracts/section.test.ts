import { describe, expect, it } from 'vitest';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { entriesOf, entryOf, section } from './section.ts';

interface Thing {
  readonly name: string;
  readonly size: number;
}

const things = section<Thing>('things');
const listed = section<Thing>('listed', 'list');
const one: Thing = { name: 'one', size: 1 };
const tenant = { tenant: 'main', things: { one }, listed: [one] } as unknown as TenantSnapshot;

describe('a section of the Snapshot', () => {
  it.each([things, listed])('is read by its key, typed, whatever its form: %j', (of) => {
    expect(entriesOf(tenant, of)).toEqual({ one });
    expect(entryOf(tenant, of, 'one')?.size).toBe(1);
    expect(entryOf(tenant, of, 'two')).toBeUndefined();
  });

  it('answers nothing to names that objects inherit', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(entryOf(tenant, things, name)).toBeUndefined();
      expect(entriesOf(tenant, section(name))).toEqual({});
    }
  });

  it('is empty where the Snapshot is older than its kind, or the tenant is not there', () => {
    expect(entriesOf(tenant, section<Thing>('newer'))).toEqual({});
    expect(entriesOf(undefined, things)).toEqual({});
    expect(entryOf(undefined, things, 'one')).toBeUndefined();
  });
});
