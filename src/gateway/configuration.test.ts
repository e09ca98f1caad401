import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CompiledPart, PlanePart } from '#contracts/plane-part.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { compileConfiguration, createConfigurations } from './configuration.ts';

function snapshot(number: number): Snapshot {
  const tokens = { issuer: 'i', audience: 'a', keys: [] };
  return { number, digest: `d${number}`, createdAt: 0, epoch: 1, tenants: {}, tokens };
}

/** A part whose view is the number, and the number of the view before it. */
function numbering(name: string, refuses: readonly number[] = []) {
  const compiled: number[] = [];
  const part: PlanePart<readonly number[]> = {
    name,
    async compile({ number }, before): Promise<CompiledPart<readonly number[]>> {
      compiled.push(number);
      await turn();
      if (refuses.includes(number)) {
        const document = { kind: 'Policy', name };
        return { kind: 'refused', problems: [{ document, line: 3, message: `no ${number}` }] };
      }
      return { kind: 'compiled', view: [number, before?.[0] ?? 0] };
    },
  };
  return { part, compiled };
}

function followed(parts: readonly PlanePart<unknown>[]) {
  const told: string[] = [];
  const configurations = createConfigurations(parts, () => undefined);
  configurations.follow({
    expected: (number) => told.push(`expected ${number}`),
    inForce: ({ number }) => told.push(`in force ${number}`),
    refused: ({ number, problems }) => told.push(`refused ${number}: ${problems.join('; ')}`),
  });
  const settle = async () => {
    for (let turns = 0; turns < 30; turns += 1) await turn();
  };
  return { configurations, told, settle };
}

describe('a configuration', () => {
  it('holds what each part made of one Snapshot, and gives each what it made before', async () => {
    const [a, b] = [numbering('a').part, numbering('b').part];
    const first = await compileConfiguration([a, b], snapshot(4), undefined);
    if (first.kind === 'refused') throw new Error(JSON.stringify(first.problems));
    const second = await compileConfiguration([a, b], snapshot(5), first.configuration);
    if (second.kind === 'refused') throw new Error(JSON.stringify(second.problems));
    expect(second.configuration).toMatchObject({ number: 5, digest: 'd5' });
    expect([second.configuration.of(a), second.configuration.of(b)]).toEqual([
      [5, 4],
      [5, 4],
    ]);
    expect(first.configuration.of(a)).toEqual([4, 0]);
    expect(() => first.configuration.of(numbering('c').part)).toThrow('no part `c`');
  });

  it('is refused whole when one part refuses, with the problems of all of them', async () => {
    const parts = [numbering('a', [1]).part, numbering('b').part, numbering('c', [1]).part];
    expect(await compileConfiguration(parts, snapshot(1), undefined)).toMatchObject({
      kind: 'refused',
      problems: [{ document: { name: 'a' } }, { document: { name: 'c' } }],
    });
  });

  it('is refused when a part fails, or refuses without a word', async () => {
    const failing: PlanePart<unknown> = {
      name: 'failing',
      compile() {
        throw new Error('secret words');
      },
    };
    const silent: PlanePart<unknown> = {
      name: 'silent',
      compile: () => ({ kind: 'refused', problems: [] }),
    };
    expect(await compileConfiguration([failing], snapshot(1), undefined)).toEqual({
      kind: 'refused',
      problems: [{ message: 'failing: it failed while compiling' }],
    });
    expect((await compileConfiguration([silent], snapshot(1), undefined)).kind).toBe('refused');
  });
});

describe('the Snapshots that come', () => {
  it('are compiled one at a time, and of several that wait only the newest', async () => {
    const { part, compiled } = numbering('a');
    const { configurations, told, settle } = followed([part]);
    for (const number of [1, 2, 4, 3]) configurations.take(snapshot(number));
    await settle();
    expect(compiled).toEqual([1, 4]);
    expect(told.filter((one) => one.startsWith('in force'))).toEqual(['in force 1', 'in force 4']);
    expect(configurations.current?.of(part)).toEqual([4, 1]);
  });

  it('count once and never backwards, whatever comes late or twice', async () => {
    const { part, compiled } = numbering('a');
    const { configurations, settle } = followed([part]);
    for (const number of [5, 5, 3]) {
      configurations.take(snapshot(number));
      await settle();
    }
    expect(compiled).toEqual([5]);
    expect(configurations.current?.number).toBe(5);
  });

  it('leave the last one in force when they are refused, which is told once however often it is tried', async () => {
    const { part, compiled } = numbering('sums', [2]);
    const { configurations, told, settle } = followed([part]);
    configurations.take(snapshot(1));
    await settle();
    configurations.take(snapshot(2));
    await settle();
    expect(configurations.current?.number).toBe(1);
    expect(configurations.refused).toMatchObject({
      number: 2,
      problems: ['policy sums:3: no 2'],
    });
    configurations.again();
    await settle();
    expect(compiled).toEqual([1, 2, 2]);
    expect(told).toEqual([
      'expected 1',
      'in force 1',
      'expected 2',
      'refused 2: policy sums:3: no 2',
    ]);
    configurations.take(snapshot(3));
    await settle();
    expect(configurations.current?.of(part)).toEqual([3, 1]);
    expect(configurations.refused).toBeUndefined();
    configurations.again();
    await settle();
    expect(compiled).toEqual([1, 2, 2, 3]);
  });
});
