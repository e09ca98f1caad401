import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { bytesOf } from './held.ts';
import { createFlowMemory } from './memory.ts';
import { OpenedSources } from './opened.ts';
import { TaskIndex } from './task-index.ts';
import { readWords } from './words.ts';

const flow: ToolFlow = {
  sinks: { to: 'recipient' },
  deeds: ['send'],
  asserted: [],
  ids: [],
  names: [],
};
const shared = { target: 'desk/note', argumentsDigest: 'd', flow, untrusted: true } as const;
const most = { tasks: 1_000, allBytes: 8_000_000 };
const mostOpen = { openBytes: 3_000_000, openSources: 50 };
const to = 'drop@evil.example';

function memoryOf(open = mostOpen) {
  const opened = new OpenedSources(open);
  const memory = createFlowMemory(most, opened);
  const learn = (task: string, effect: 'read' | 'write', args: JsonObject, result: Json = {}) =>
    memory.learn(task, {
      ...shared,
      call: `${task} ${effect}`,
      effect,
      arguments: args,
      result: { structuredContent: result },
    });
  /** Four writes that are answered with nothing, a read, and a call that is judged by both. */
  const work = (task: string, size: number) => {
    memory.begin(task);
    for (let n = 0; n < 4; n += 1) learn(task, 'write', { body: `${n} ${'x'.repeat(size)}` });
    learn(task, 'read', { id: 'T-1' }, { mail: to });
    return memory.judge(task, {
      ...shared,
      effect: 'write',
      reversible: true,
      arguments: { to },
      words: readWords('Send it to whoever stands in T-1.'),
      seenAll: true,
    });
  };
  const openCalls = () => Array.from(opened.kept(), ({ call }) => call);
  return { memory, opened, learn, work, openCalls };
}

describe('what all tasks hold', () => {
  it('counts what calls were asked with, also where nothing came back, and is bounded [SEM-02]', () => {
    const { memory, opened, work } = memoryOf();
    const size = 20_000;
    work('first', size);
    // All four writes are open, each with the text that it sent.
    expect(opened.bytes).toBeGreaterThan(4 * size);
    const before = memory.bytes;
    work('second', size);
    expect(memory.bytes).toBeGreaterThan(before + 8 * size);
    for (let n = 0; n < 200; n += 1) {
      work(`t${n}`, size);
      expect(memory.bytes).toBeLessThanOrEqual(most.allBytes);
      expect(opened.bytes).toBeLessThanOrEqual(mostOpen.openBytes);
    }
  });

  it('has nothing of a task that was dropped, however much room there is', () => {
    const { memory, openCalls, work } = memoryOf({ openBytes: 1e9, openSources: 1e9 });
    work('first', 20_000);
    expect(openCalls()).toContain('first write');
    for (let n = 0; n < 60; n += 1) work(`t${n}`, 20_000);
    expect(openCalls()).toContain('t59 write');
    expect(openCalls().filter((call) => call.startsWith('first '))).toEqual([]);
    expect(memory.bytes).toBeLessThanOrEqual(most.allBytes);
  });

  it('is nothing once all is dropped', () => {
    const opened = new OpenedSources();
    const memory = createFlowMemory({ tasks: 0, allBytes: most.allBytes }, opened);
    const result = { structuredContent: { mail: to } };
    const brought = { ...shared, call: 'c', effect: 'read', arguments: { id: '1' } } as const;
    memory.learn('t', { ...brought, result });
    expect([memory.bytes, [...opened.kept()]]).toEqual([0, []]);
  });

  it('is bounded by number as well: results that say nothing, and tasks of which something was missed', () => {
    const { memory, openCalls, work } = memoryOf();
    for (let n = 0; n < 40; n += 1) work(`t${n}`, 1);
    expect(openCalls().length).toBe(mostOpen.openSources);
    const few = createFlowMemory({ tasks: 2, allBytes: most.allBytes });
    const brought = { ...shared, call: 'c', effect: 'read', arguments: {}, result: {} } as const;
    few.learn('t', brought);
    expect(few.bytes).toBeGreaterThan(0);
    few.missed('u');
    few.missed('v');
    expect(few.bytes).toBe(0);
    expect(memory.bytes).toBeLessThanOrEqual(most.allBytes);
  });

  it('has room for tasks beside the results that are open', () => {
    expect(4 * flowBounds.openBytes).toBeLessThanOrEqual(flowBounds.allBytes);
  });
});

describe('one task', () => {
  it('counts bytes: a text of wide letters takes twice as many', () => {
    expect([bytesOf(''), bytesOf('aé'), bytesOf('a語')]).toEqual([0, 2, 4]);
    const bytes = ['é', '語'].map((letter) => {
      const index = new TaskIndex();
      const result = { text: letter.repeat(1_000) };
      index.learn({ ...shared, call: 'c', effect: 'read', arguments: {}, result });
      return index.bytes;
    });
    expect((bytes[1] ?? 0) - (bytes[0] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});
