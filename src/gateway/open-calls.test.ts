import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ServerConnect, ServerEntry } from '#kernel/snapshot.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';
import { atOnce } from '../../test/fakes/at-once.ts';
import { createFairPool } from './fair-pool.ts';
import { laneOf } from './lanes.ts';
import { createOpenCalls, type OpenCalls } from './open-calls.ts';

const call = (front: Call['front'] = 'mcp') => ({ front }) as Call;
const by = (agent: string, instance = 'i', tenant = 'main') =>
  ({ tenant, agent, instance }) as Principal;

function serverAt(url: string, name = 'crm'): ServerEntry {
  return { name, connect: { kind: 'http', url }, shared: false } as ServerEntry;
}

function processOf(shared: boolean, name = 'files'): ServerEntry {
  const connect = { kind: 'stdio', command: 'x' } as ServerConnect;
  return { name, connect, shared } as ServerEntry;
}

function opened(open: OpenCalls, agent: string): Refusal | Call {
  const one = call();
  return open.enter(one) ?? atOnce(open.byAgent(one, by(agent))) ?? one;
}

describe('open calls', () => {
  it('are bounded as a whole: the last is let in, the next is not, until one ends', () => {
    const open = createOpenCalls();
    const all = Array.from({ length: limits.openCalls }, () => call());
    for (const one of all) expect(open.enter(one)).toBeUndefined();
    const late = call();
    expect(open.enter(late)).toMatchObject({
      code: 'admit/overloaded',
      status: 503,
      retryAfter: 1,
    });
    open.leave(all[0] ?? late);
    expect(open.enter(late)).toBeUndefined();
  });

  it('of one agent are bounded, over all its instances, and cost others nothing', () => {
    const open = createOpenCalls();
    const first = opened(open, 'a') as Call;
    for (let count = 1; count < limits.openCallsPerAgent; count += 1) {
      expect(opened(open, 'a')).not.toHaveProperty('code');
    }
    expect(opened(open, 'a')).toMatchObject({ code: 'standing/open-calls', status: 429 });
    expect(opened(open, 'b')).not.toHaveProperty('code');
    const elsewhere = call();
    open.enter(elsewhere);
    expect(open.byAgent(elsewhere, by('a', 'i', 'other'))).toBeUndefined();
    open.leave(first);
    expect(opened(open, 'a')).not.toHaveProperty('code');
    expect(opened(open, 'a')).toMatchObject({ code: 'standing/open-calls' });
  });

  it('count one call once, however often it walks, and give it back once', () => {
    const open = createOpenCalls({ openCalls: 2, openCallsPerAgent: 2, openCallsPerServer: 2 });
    const one = call();
    const server = serverAt('http://127.0.0.1:1/mcp');
    for (let walk = 0; walk < 3; walk += 1) {
      expect(open.enter(one)).toBeUndefined();
      expect(open.byAgent(one, by('a'))).toBeUndefined();
      expect(open.toLane(one, laneOf(server, by('a')))).toBeUndefined();
    }
    expect(opened(open, 'a')).not.toHaveProperty('code');
    expect(opened(open, 'b')).toMatchObject({ code: 'admit/overloaded' });
    open.leave(one);
    open.leave(one);
    expect(opened(open, 'b')).not.toHaveProperty('code');
    expect(opened(open, 'b')).toMatchObject({ code: 'admit/overloaded' });
  });

  it('of the gateway itself are not counted: it looks at servers when all are busy too', () => {
    const open = createOpenCalls({ openCalls: 1, openCallsPerAgent: 1, openCallsPerServer: 1 });
    open.enter(call());
    expect(open.enter(call('internal'))).toBeUndefined();
  });
});

describe('open calls to one server', () => {
  const size = limits.openCallsPerServer;

  function ask(open: OpenCalls, agent: string, server: ServerEntry, instance = 'i') {
    const one = call();
    const principal = by(agent, instance);
    open.enter(one);
    const byAgent = atOnce(open.byAgent(one, principal));
    return byAgent ?? atOnce(open.toLane(one, laneOf(server, principal))) ?? one;
  }
  function fill(open: OpenCalls, agent: string, server: ServerEntry, instance?: string): number {
    for (let count = 0; ; count += 1) {
      const answer = ask(open, agent, server, instance);
      if ('code' in answer) {
        expect(answer).toMatchObject({ code: 'tools/server-busy', status: 503, retryAfter: 1 });
        return count;
      }
    }
  }

  it('leave half of it to others when one agent asks for all', () => {
    const open = createOpenCalls();
    const server = serverAt('http://127.0.0.1:1/mcp');
    expect(fill(open, 'greedy', server)).toBe(size / 2);
    expect(fill(open, 'second', server)).toBe(Math.floor(size / 3));
    expect(ask(open, 'third', server)).not.toHaveProperty('code');
  });

  it('are those to its origin, under whatever name and path', () => {
    const open = createOpenCalls();
    expect(fill(open, 'a', serverAt('http://127.0.0.1:1/mcp'))).toBe(size / 2);
    expect(fill(open, 'a', serverAt('http://127.0.0.1:1/other', 'other'))).toBe(0);
    expect(fill(open, 'a', serverAt('http://127.0.0.1:2/mcp'))).toBe(size / 2);
  });

  it('are those to its process', () => {
    const open = createOpenCalls();
    expect(fill(open, 'a', processOf(true), 'i-1')).toBe(size / 2);
    expect(fill(open, 'a', processOf(true), 'i-2')).toBe(0);
    expect(fill(open, 'b', processOf(false), 'i-1')).toBe(size / 2);
    expect(fill(open, 'b', processOf(false), 'i-2')).toBe(size / 2);
  });

  it('are given back', () => {
    const open = createOpenCalls({ openCalls: 9, openCallsPerAgent: 9, openCallsPerServer: 2 });
    const server = serverAt('http://127.0.0.1:1/mcp');
    const one = ask(open, 'a', server) as Call;
    expect(ask(open, 'a', server)).toMatchObject({ code: 'tools/server-busy' });
    open.leave(one);
    expect(ask(open, 'a', server)).not.toHaveProperty('code');
  });
});

describe('a fair pool', () => {
  it('is never over its size, and always has a place for who has none while it is not full', () => {
    const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.boolean());
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(step, { maxLength: 200 }),
        (size, steps) => {
          const pool = createFairPool(() => size);
          const held = new Map<string, number>();
          const total = () => [...held.values()].reduce((sum, one) => sum + one, 0);
          for (const [who, takes] of steps) {
            const own = held.get(who) ?? 0;
            if (takes) {
              const before = total();
              const got = pool.take(who);
              if (got) held.set(who, own + 1);
              expect(total()).toBeLessThanOrEqual(size);
              if (own === 0) expect(got).toBe(before < size);
              if (got) expect(own + 1).toBeLessThanOrEqual(Math.max(1, Math.floor(size / 2)));
            } else if (own > 0) {
              pool.give(who);
              held.set(who, own - 1);
            } else pool.give(who);
          }
          expect(pool.isEmpty).toBe(total() === 0);
        },
      ),
    );
  });
});

describe('on the path', () => {
  const documents = {
    agent: { rate: { perMinute: 600_000, burst: 100_000 } },
    definitions: [
      definition('read', { type: 'object', properties: {} }),
      definition('write', { type: 'object', properties: {} }),
    ],
    server: { tools: { read: { effect: 'read', results: { labels: [] } } } },
  };
  const bounds = { openCalls: 6, openCallsPerAgent: 4, openCallsPerServer: 100 };

  it('every exit gives its place back: results, refusals, holds and faults', async () => {
    const world = await createGatewayWorld(documents, createOpenCalls(bounds));
    const agent = await world.enrol();
    const kinds: Outcome['kind'][] = [];
    for (let round = 0; round < 12; round += 1) {
      kinds.push((await world.ask(agent, 'read', {})).kind);
      kinds.push((await world.ask(agent, 'none', {})).kind);
      kinds.push((await world.ask(agent, 'read', { unknown: round })).kind);
      kinds.push((await world.ask(agent, 'write', {})).kind);
      world.onCall = () => {
        throw new Error('broken');
      };
      kinds.push((await world.ask(agent, 'read', {})).kind);
      world.onCall = () => ({ kind: 'answer', result: { content: [] }, bytes: 2 });
    }
    expect(new Set(kinds)).toEqual(new Set(['result', 'refused', 'held']));
    expect(world.records.map((one) => one.refusal?.code)).not.toContain('standing/open-calls');
    expect((await world.ask(agent, 'read', {})).kind).toBe('result');
  });

  it('the call over the bound of its agent is refused on record, and let in after one ended', async () => {
    const world = await createGatewayWorld(documents, createOpenCalls(bounds));
    const agent = await world.enrol();
    const ends: (() => void)[] = [];
    world.onCall = () =>
      new Promise((resolve) => {
        ends.push(() => resolve({ kind: 'answer', result: { content: [] }, bytes: 2 }));
      });
    const open = Array.from({ length: 4 }, () => world.ask(agent, 'read', {}));
    while (ends.length < 4) await new Promise((resolve) => setImmediate(resolve));
    const over = await world.ask(agent, 'read', {});
    expect(over).toMatchObject({ kind: 'refused', effect: 'none' });
    if (over.kind === 'refused') {
      expect(over.refusal).toEqual(refusal('standing/open-calls', { retryAfter: 1 }));
      expect(over.recordId).toBeDefined();
    }
    ends[0]?.();
    await open[0];
    const next = world.ask(agent, 'read', {});
    while (ends.length < 5) await new Promise((resolve) => setImmediate(resolve));
    for (const end of ends) end();
    expect((await next).kind).toBe('result');
    for (const one of open) expect((await one).kind).toBe('result');
  });
});
