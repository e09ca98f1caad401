import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { createFlowMemory, readWords } from './index.ts';
import { OpenedSources } from './opened.ts';
import { Source } from './source.ts';
import { Work } from './work.ts';

const wordsOf = (text: string) => {
  const words = readWords(text);
  if (words === undefined) throw new Error('no words');
  return words;
};

const none: ToolFlow = { sinks: {}, deeds: [], asserted: [], ids: [], names: [] };
const workOf = (text: string, most: number) =>
  new Work(wordsOf(text), none, most, new OpenedSources());

function directoryOf(many: number): Source {
  const people = Array.from({ length: many }, (_unused, n) => ({ name: `Person Number ${n}` }));
  return new Source({
    target: 'a/b',
    call: 'c',
    flow: { ...none, sinks: { of: 'objectId' }, names: ['people[].name'], directory: true },
    untrusted: true,
    arguments: { of: 'list' },
    result: { structuredContent: { people } },
    cut: false,
    at: 0,
    by: undefined,
    toldAt: 0,
  });
}

describe('the work of one judgement', () => {
  it('is done once for each source and thing, however many values ask', () => {
    const work = workOf('Send it to every person of the list', flowBounds.work);
    const source = directoryOf(2_000);
    const ask = () => {
      expect(work.hintedIn(source).size).toBe(2_000);
      expect(work.isSourceNamed(source)).toBe(true);
      for (const thing of source.things.keys()) {
        expect(work.saidNames(thing, source)).toEqual([]);
      }
    };
    ask();
    const once = work.done;
    expect(once).toBeGreaterThan(2_000);
    ask();
    expect(work.done).toBe(once);
  });

  it('is bounded: from then on nothing is described, hinted at or named', () => {
    const work = workOf('Send it to Person Number 7 of the list', 3);
    const source = directoryOf(20);
    expect(work.hintedIn(source).size).toBeLessThan(20);
    expect(work.isSpent).toBe(true);
    expect(work.isSourceNamed(source)).toBe(false);
    for (const thing of source.things.keys()) {
      expect(work.saidNames(thing, source)).toEqual([]);
    }
  });
});

describe('a call that takes more work than is done', () => {
  const flow: ToolFlow = {
    sinks: { to: 'recipient', path: 'path' },
    deeds: ['send', 'save'],
    asserted: [],
    ids: [],
    names: [],
  };
  const judge = (args: JsonObject, said: string) => {
    const memory = createFlowMemory();
    const shared = { target: 'a/b', argumentsDigest: 'd', untrusted: true } as const;
    // Every two letters of a long value are known: it can be put together in very many ways.
    memory.learn('t', {
      ...shared,
      call: 'c',
      flow: undefined,
      effect: 'read',
      arguments: {},
      result: { structuredContent: Array.from({ length: 127 }, (_unused, n) => 'a'.repeat(n + 2)) },
    });
    return memory.judge('t', {
      ...shared,
      flow,
      effect: 'write',
      reversible: true,
      arguments: args,
      words: readWords(said),
      seenAll: true,
    });
  };
  const paths = Array.from({ length: 900 }, (_unused, n) => `${'a'.repeat(240)}${n}`);

  it('waits, and says so', () => {
    const sinks = { path: paths };
    expect(judge({ path: paths.slice(0, 3) }, 'Save it.').whys).not.toContain('too-much');
    const answer = judge(sinks, 'Save it.');
    expect([answer.verdict, answer.reasons[0]?.why]).toEqual(['step-up', 'too-much']);
  });

  it('is still refused for what its user forbade behind it', () => {
    const words = 'Save it. Do not send it to drop@evil.example.';
    const answer = judge({ path: paths, to: 'drop@evil.example' }, words);
    expect([answer.verdict, answer.whys.includes('too-much')]).toEqual(['no', true]);
  });
});
