import { describe, expect, it } from 'vitest';
import type { ServerReport } from '#contracts/server-report.ts';
import { refusal } from '#kernel/errors.ts';
import type { ServerEntry, Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createServerStates } from './server-states.ts';

const entry = (name: string, digest = 'd1') => ({ name, digest }) as ServerEntry;

function snapshotOf(...servers: readonly ServerEntry[]): Snapshot {
  const named = Object.fromEntries(servers.map((one) => [one.name, one]));
  return { tenants: { main: { tenant: 'main', servers: named } } } as unknown as Snapshot;
}

function world(...servers: readonly ServerEntry[]) {
  const clock = new ManualClock();
  const states = createServerStates({ intake: { printed: (text) => text }, clock });
  states.adopt(snapshotOf(...servers));
  const last = new Map<string, ServerReport>();
  const now = (server = 's'): ServerReport | undefined => {
    for (const one of states.changed()) last.set(one.server, one);
    return last.get(server);
  };
  return { clock, states, now };
}

const exit = {
  kind: 'gone',
  why: 'it ended with exit code 1',
  exitCode: 1,
  signal: undefined,
} as const;

describe('how a tool server does, for the people who run it', () => {
  it('is off, starting, up once it has greeted, and says its process, era and tools', () => {
    const { states, now } = world(entry('s'));
    expect(now()).toMatchObject({ state: 'off', connections: 0, tools: null });
    const tell = states.connection('main', entry('s'), []);
    tell({ kind: 'starting', pid: 42 });
    expect(now()).toMatchObject({ state: 'starting', pid: 42 });
    tell({ kind: 'up', era: 'legacy', revision: '2025-11-25' });
    states.looked('main', 's', { tools: 3 });
    expect(now()).toMatchObject({ state: 'up', era: 'legacy', revision: '2025-11-25', tools: 3 });
    tell({ kind: 'closed' });
    expect(now()).toMatchObject({ state: 'off', pid: null });
  });

  it('is failed with its exit code and next try, until a look comes to its end', () => {
    const { clock, states, now } = world(entry('s'));
    const tell = states.connection('main', entry('s'), []);
    tell({ kind: 'starting', pid: 42 });
    tell(exit);
    states.looked('main', 's', refusal('tools/upstream-unreachable'));
    states.nextLook('main', 's', 2_000);
    expect(now()).toMatchObject({
      state: 'failed',
      ended: { exitCode: 1, why: 'it ended with exit code 1' },
      fault: { code: 'tools/upstream-unreachable' },
      nextTryAt: clock.now() + 2_000,
    });
    clock.advance(2_000);
    tell({ kind: 'starting', pid: 43 });
    expect(now()).toMatchObject({ state: 'failed', pid: 43 });
    tell({ kind: 'up', era: 'legacy', revision: '2025-11-25' });
    states.looked('main', 's', { tools: 1 });
    expect(now()).toMatchObject({ state: 'up', fault: null, ended: { exitCode: 1 } });
  });

  it('is failed when it dies while it served, or answers nothing although it runs', () => {
    const { clock, states, now } = world(entry('s'), entry('deaf'));
    const tell = states.connection('main', entry('s'), []);
    tell({ kind: 'up', era: 'legacy', revision: '2025-11-25' });
    states.looked('main', 's', { tools: 1 });
    clock.advance(1);
    tell({ kind: 'gone', why: 'SIGKILL ended it', exitCode: undefined, signal: 'SIGKILL' });
    expect(now()).toMatchObject({ state: 'failed', ended: { signal: 'SIGKILL', exitCode: null } });
    states.connection('main', entry('deaf'), [])({ kind: 'up', era: 'modern', revision: 'r' });
    states.looked('main', 'deaf', refusal('tools/upstream-timeout'));
    expect(now('deaf')).toMatchObject({ state: 'failed', connections: 1 });
  });

  it('is starting for as long as its first process needs, also when a look gave up on it', () => {
    const { clock, states, now } = world(entry('s'));
    const tell = states.connection('main', entry('s'), []);
    tell({ kind: 'starting', pid: 42 });
    clock.advance(60_000);
    states.looked('main', 's', refusal('tools/upstream-timeout'));
    expect(now()).toMatchObject({ state: 'starting', fault: { code: 'tools/upstream-timeout' } });
    tell(exit);
    expect(now()).toMatchObject({ state: 'failed' });
  });

  it('is waiting when something keeps us from asking it', () => {
    const { states, now } = world(entry('s'));
    states.looked('main', 's', refusal('stop/active'));
    expect(now()).toMatchObject({ state: 'waiting', fault: { code: 'stop/active' } });
  });

  it('is told once, again when it changed, and all of it to a control that is new', () => {
    const { states } = world(entry('a'), entry('b'));
    expect(states.changed()).toHaveLength(2);
    expect(states.changed()).toHaveLength(0);
    states.connection('main', entry('b'), [])({ kind: 'starting', pid: 1 });
    expect(states.changed().map(({ server }) => server)).toEqual(['b']);
    states.again();
    expect(states.changed()).toHaveLength(2);
  });

  it('tells what it printed at most every two seconds, and counts what is forgotten', () => {
    const { clock, states, now } = world(entry('s'));
    const tell = states.connection('main', entry('s'), []);
    tell({ kind: 'printed', bytes: Buffer.from('one\n') });
    expect(now()).toMatchObject({ printed: 1, lines: ['one'] });
    tell({ kind: 'printed', bytes: Buffer.from('two\n') });
    expect(states.changed()).toHaveLength(0);
    clock.advance(2_000);
    expect(now()).toMatchObject({ printed: 2, lines: ['one', 'two'] });
    const [first = '', second] = now()?.places ?? [];
    expect([first.endsWith(':1'), second]).toEqual([true, first.replace(/1$/, '2')]);
    tell(exit);
    for (let at = 0; at < 6; at += 1) {
      const next = states.connection('main', entry('s'), []);
      next({ kind: 'printed', bytes: Buffer.from(`of ${at}\n`) });
      next(exit);
    }
    clock.advance(2_000);
    expect(now()).toMatchObject({ printed: 8, lines: ['of 2', 'of 3', 'of 4', 'of 5'] });
  });

  it('begins anew with a new document, of which older calls say nothing', () => {
    const { states, now } = world(entry('s'));
    states.connection('main', entry('s'), [])(exit);
    expect(now()?.ended).not.toBeNull();
    states.adopt(snapshotOf(entry('s', 'd2')));
    expect(now()).toMatchObject({ digest: 'd2', state: 'off', ended: null });
    states.connection('main', entry('s', 'd1'), [])(exit);
    expect(now()).toMatchObject({ digest: 'd2', ended: null });
    states.adopt(snapshotOf());
    states.again();
    expect(states.changed()).toEqual([]);
  });

  it('says who signed what was started last, for which wants, until nobody did [TOL-25]', () => {
    const { states, now } = world(entry('s'));
    const tell = states.connection('main', entry('s'), [], 'wants');
    const told = () => now()?.signed;
    tell({ kind: 'signed', signed: { at: 5, by: 'registry key k' } });
    expect(told()).toEqual({ at: 5, by: 'registry key k', wants: 'wants' });
    tell({ kind: 'signed', signed: undefined });
    expect(told()).toBe(null);
  });
});
