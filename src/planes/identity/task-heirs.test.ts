import { describe, expect, it } from 'vitest';
import type { Task } from '#contracts/task-book.ts';
import {
  ancestorsOf,
  legacyLabelsOf,
  legacySession,
  type Slot,
  systemTasks,
} from './task-heirs.ts';

const shared: Slot = { instance: undefined, enrolledAt: 0 };
const slot = (instance: string, enrolledAt = 0): Slot => ({ instance, enrolledAt });

function task(id: string, over: Partial<Task>): Task {
  return {
    tenant: 'main',
    id,
    agent: 'worker',
    owner: 'ada',
    kind: over.instance === undefined ? 'implicit-agent' : 'implicit-instance',
    instance: undefined,
    begunAt: 0,
    endedAt: undefined,
    endedBy: undefined,
    reason: undefined,
    ...over,
  };
}

/** Newest first, as the book lists them. */
const ids = (of: Slot, ...history: Task[]) =>
  ancestorsOf(of, history.toReversed()).map(({ id }) => id);

describe('whose labels the next task takes over', () => {
  it('are those of the common task, once each instance has its own', () => {
    const before = task('t', { endedAt: 10, endedBy: systemTasks });
    expect(ids(slot('i', 5), before)).toEqual(['t']);
    expect(ids(slot('unbound'), before)).toEqual(['t']);
    expect(ids(slot('enrolled-later', 11), before)).toEqual([]);
  });

  it('are those of all instances, once they share one', () => {
    const one = task('a', { instance: 'i', endedAt: 10, endedBy: systemTasks });
    const two = task('b', { instance: 'j', endedAt: 11, endedBy: systemTasks });
    const common = task('t', { endedAt: 5, endedBy: systemTasks });
    expect(ids(shared, common, one, two).sort()).toEqual(['a', 'b']);
  });

  it('are nobody’s after a person ended the task', () => {
    expect(ids(slot('i'), task('t', { endedAt: 10, endedBy: 'ada' }))).toEqual([]);
    expect(ids(shared, task('t', { endedAt: 10, endedBy: 'ada' }))).toEqual([]);
    const common = task('t', { endedAt: 10, endedBy: systemTasks });
    const own = task('a', { instance: 'i', endedAt: 20, endedBy: 'ada' });
    expect(ids(slot('i', 5), common, own)).toEqual([]);
  });

  it('are not taken from a task that still goes on', () => {
    expect(ids(slot('i'), task('t', {}))).toEqual([]);
  });
});

describe('labels from before there were tasks', () => {
  const of = (session: string) =>
    ({ label: 'integrity:untrusted', session, source: 'a/b' }) as const;
  const instances = [
    { agent: 'worker', instance: 'i' },
    { agent: 'worker', instance: 'j' },
    { agent: 'reader', instance: 'k' },
  ];
  const legacy = [...['i', 'j', 'k'].map((one) => of(legacySession('main', one))), of('s-bearer')];
  const sessionsFor = (agent: string, instance: string | undefined, strangers: boolean) =>
    legacyLabelsOf({ tenant: 'main', agent, instance, strangers }, legacy, instances).map(
      ({ session }) => legacy.findIndex((one) => one.session === session),
    );

  it('go to the agent of the instance, and those of nobody that is known to everybody of that time', () => {
    expect(sessionsFor('worker', undefined, true)).toEqual([0, 1, 3]);
    expect(sessionsFor('worker', 'i', true)).toEqual([0, 3]);
    expect(sessionsFor('reader', undefined, true)).toEqual([2, 3]);
    expect(sessionsFor('newcomer', undefined, true)).toEqual([3]);
    expect(sessionsFor('reader', undefined, false)).toEqual([2]);
  });
});
