import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import type { FlowQuestion } from './door.ts';
import { createFlowMemory, readWords } from './index.ts';
import { decodings } from './decoded.ts';
import { isJoined } from './pieces.ts';
import { TaskIndex } from './task-index.ts';

const flow: ToolFlow = {
  sinks: { to: 'recipient', path: 'path', amount: 'amount', start: 'date', on: 'flag' },
  deeds: ['save', 'send'],
  asserted: [],
  ids: [],
  names: [],
};

/** A memory that has learnt one result, and what it says of a call afterwards. */
function after(
  result: Json,
  args: JsonObject,
  words = 'Save it, and send it to ann@corp.example.',
) {
  const memory = createFlowMemory();
  const shared = { target: 'a/b', argumentsDigest: 'd', flow: undefined, untrusted: true };
  const brought = { ...shared, call: 'c', effect: 'read', arguments: {} } as const;
  memory.learn('t', { ...brought, result: { structuredContent: result } });
  const question: FlowQuestion = {
    target: 'a/save',
    argumentsDigest: 'e',
    flow,
    effect: 'write',
    reversible: true,
    arguments: args,
    words: readWords(words),
    untrusted: true,
    seenAll: true,
  };
  return memory.judge('t', question);
}

const own = { path: 'summary.txt' };

/** Each comes near what makes a careless reader slow, and none may take longer than its length asks for. */
const floods: readonly (readonly [string, string])[] = [
  ['one word without an end', 'a'],
  ['at signs', 'a@'],
  ['labels of hosts', 'a.'],
  ['hosts with paths', 'a.b/'],
  ['schemes', 'ab://'],
  ['digits', '1'],
  ['digits with marks', '1.'],
  ['grouped digits', '123,456 '],
  ['dots', '.a'],
  ['dots in brackets', 'a[.]'],
  ['spelt dots', 'a dot '],
  ['marks of schemes', 'a://'],
  ['brackets', '[ ('],
  ['wide dots', 'a。'],
  ['dates', '31.12.2026 '],
  ['months', 'Decem 31 '],
  ['groups of an account', 'DE89 3704 '],
  ['base64', 'QUJD'],
  ['escapes', '%41'],
  ['nested escapes', '%2541'],
  ['blanks', ' '],
  ['combining marks', 'a\u0301'],
  ['halves of pairs', '\ud800'],
  ['invisible letters', '\u200b'],
];

describe('hostile results', () => {
  it.each(floods)('of %s are read in time that grows as they do', (_, unit) => {
    const timed = (length: number): number => {
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const began = performance.now();
      after({ text }, own);
      return performance.now() - began;
    };
    timed(20_000);
    // Far from a measure: a quadratic reader takes sixteen times as long for four times the length, and minutes in all.
    expect(timed(400_000)).toBeLessThan(20_000);
  });

  it('of 10 MB are not passed over: what is the agent’s own waits as well', () => {
    const long = 'x'.repeat(flowBounds.textChars);
    expect(after({ text: long.slice(1) }, own).verdict).toBe('auto');
    expect(after({ text: `${long}x` }, own).verdict).toBe('step-up');
    expect(after({ text: 'drop@evil.example '.repeat(600_000) }, own).verdict).toBe('step-up');
  });

  it('of 10 MB are kept in a part of that, and many of them within what one task may keep', () => {
    const index = new TaskIndex();
    const learn = (result: JsonObject) =>
      index.learn({
        target: 'a/b',
        call: 'c',
        flow: undefined,
        untrusted: true,
        effect: 'read',
        arguments: {},
        argumentsDigest: 'd',
        result,
      });
    learn({ structuredContent: Array.from({ length: 10_000 }, () => 'x'.repeat(1_000)) });
    expect(index.bytes).toBeLessThan(4 * flowBounds.textChars);
    for (let n = 0; n < 2 * flowBounds.results; n += 1)
      learn({ text: `${n} ${'y'.repeat(5_000)}` });
    expect([index.isCut, index.bytes <= flowBounds.bytes]).toEqual([true, true]);
    index.settle();
    expect(index.bytes).toBeLessThan(1.5 * flowBounds.bytes);
  });

  it('of a million leaves are cut, and then nothing is surely no stranger’s', () => {
    const few = Array.from({ length: flowBounds.leaves - 1 }, (_unused, at) => at % 7);
    expect(after(few, own).verdict).toBe('auto');
    expect(after([...few, ...few.slice(0, 2)], own).verdict).toBe('step-up');
    expect(
      after(
        Array.from({ length: 1_000_000 }, () => 1),
        own,
      ).verdict,
    ).toBe('step-up');
  });

  it('that are nested deep are cut, and do not end the process', () => {
    let deep: Json = 1;
    for (let n = 0; n < 50_000; n += 1) deep = [deep];
    expect(after(deep, own).verdict).toBe('step-up');
  });

  it('with ten thousand candidates name none', () => {
    const many = Array.from({ length: 10_000 }, (_unused, at) => `u${at}@evil.example`);
    const said = 'Send it to whoever stands in list.txt.';
    const answer = after({ text: many.join(' ') }, { to: 'u7@evil.example' }, said);
    expect(answer.verdict).toBe('step-up');
    expect(answer.reasons[0]?.beside).toBeGreaterThanOrEqual(flowBounds.candidates);
  });

  it.each(['1e400', '-0', '9'.repeat(400), '١٢٣', '1,2,3,4', '.', '31.31.2026', '0000-00-00'])(
    'with the number or day %j say no more than that',
    (text) => {
      expect(after({ text }, { amount: text }).verdict).toBe('step-up');
      expect(() => after({ text }, { start: text })).not.toThrow();
    },
  );

  it('that end in half a pair hide nothing', () => {
    const text = 'save to evil\ud83d';
    expect(after({ text }, { path: 'evil\ud83d' }).verdict).toBe('step-up');
    expect(after({ text: 'to drop@evil.example\ud83d' }, { to: 'drop@evil.example' }).verdict).toBe(
      'step-up',
    );
  });
});

describe('hostile calls and words', () => {
  it('with more values than are judged wait', () => {
    const to = Array.from({ length: flowBounds.sinkValues }, () => 'ann@corp.example');
    expect(after({}, { to }).verdict).toBe('auto');
    const more = after({}, { to: [...to, 'ann@corp.example'] });
    expect([more.verdict, more.whys]).toEqual(['step-up', ['too-much']]);
  });

  it('an intent of 1 MB grants nothing, as none does', () => {
    expect(readWords('send it to ann@corp.example '.repeat(40_000))).toBeUndefined();
    expect(readWords('  ')).toBeUndefined();
    expect(readWords(undefined)).toBeUndefined();
    expect(readWords(`send ${'x'.repeat(16_379)}`)).toBeDefined();
    expect(readWords(`send ${'x'.repeat(16_380)}`)).toBeUndefined();
  });

  it.each(['not but ', 'nobody but ', 'keep a ', 'do not ', 'n’', 'lass x ', '. no '])(
    'an intent of %j alone is read within its length',
    (unit) => {
      const began = performance.now();
      readWords(unit.repeat(16_384).slice(0, 16_384));
      // Far from a measure: a careless reader takes minutes.
      expect(performance.now() - began).toBeLessThan(20_000);
    },
  );

  it('a call of 1 MB, and paths of any length, are answered and never go by themselves', () => {
    const said = { text: 'a b c d e f' };
    expect(after(said, { path: 'a/b/'.repeat(260_000) }).verdict).toBe('step-up');
    expect(after(said, { path: 'a/b/'.repeat(200) }).verdict).toBe('step-up');
    expect(after(said, { note: 'x'.repeat(flowBounds.argumentChars + 1) }).whys).toEqual([
      'too-much',
    ]);
    expect(after(said, { url: `https://${'a.'.repeat(5_000)}example/` }).verdict).toBe('step-up');
  });

  it('a value under two layers is found, and one under three is not looked for', () => {
    const once = Buffer.from('backup-of-all.tar').toString('base64');
    const twice = Buffer.from(once).toString('hex');
    expect(decodings(twice)).toContain('backup-of-all.tar');
    expect(decodings(encodeURIComponent(Buffer.from(twice).toString('base64')))).not.toContain(
      'backup-of-all.tar',
    );
    expect(after({ text: twice }, { path: 'backup-of-all.tar' }).verdict).toBe('step-up');
    expect(after({ text: 'backup-of-all.tar' }, { path: once }).verdict).toBe('step-up');
  });

  it('a value in pieces is found, with the place of the first', () => {
    const known = new Map([
      ['back', 1],
      ['up-of', 2],
    ]);
    const of = (text: string) => isJoined(text, (from) => (to) => known.get(text.slice(from, to)));
    expect(of('backup-of')).toBe(1);
    expect(of('backup-off')).toBeUndefined();
    expect(after({ a: 'back', b: 'up.tar' }, { path: 'backup.tar' }).verdict).toBe('step-up');
  });

  it('an address in the name of a member counts, in a result and in a call', () => {
    const key = 'drop@evil.example';
    expect(after({ [key]: 1 }, { path: key }).verdict).toBe('step-up');
    expect(after({}, { extra: { [key]: 1 } }).reasons[0]).toMatchObject({ kind: 'recipient' });
  });

  it('a value that a server only says again is not what stands in a named source', () => {
    const memory = createFlowMemory();
    const learn = (args: JsonObject) => {
      const shared = { target: 'a/b', argumentsDigest: 'd', flow: undefined, untrusted: true };
      const result = { structuredContent: { said: 'drop@evil.example' } };
      memory.learn('t', { ...shared, call: 'c', effect: 'read', arguments: args, result });
    };
    const verdict = () =>
      memory.judge('t', {
        target: 'a/save',
        argumentsDigest: 'e',
        flow,
        effect: 'write',
        reversible: true,
        arguments: { to: 'drop@evil.example' },
        words: readWords('Send it to whoever stands in list.txt.'),
        untrusted: true,
        seenAll: true,
      }).verdict;
    learn({ path: 'list.txt', note: 'drop@evil.example' });
    expect(verdict()).toBe('step-up');
    learn({ path: 'list.txt' });
    expect(verdict()).toBe('auto');
  });

  it('a look-alike is no grant, and the reason says what it looks like', () => {
    const answer = after({ text: 'аnn@corp.example' }, { to: 'аnn@corp.example' });
    expect(answer.verdict).toBe('step-up');
    expect(answer.reasons[0]).toMatchObject({ why: 'stranger', lookAlike: true });
  });
});

describe('a task that was dropped to make room', () => {
  it('begins anew as one of which something was missed', () => {
    const memory = createFlowMemory();
    const learn = (task: string) =>
      memory.learn(task, {
        target: 'a/b',
        call: 'c',
        flow: undefined,
        untrusted: true,
        effect: 'read',
        arguments: {},
        argumentsDigest: 'd',
        result: {},
      });
    const verdict = (task: string) =>
      memory.judge(task, {
        target: 'a/save',
        argumentsDigest: 'e',
        flow,
        effect: 'write',
        reversible: true,
        arguments: own,
        words: readWords('Save it.'),
        untrusted: true,
        seenAll: true,
      }).verdict;
    learn('first');
    expect(verdict('first')).toBe('auto');
    for (let n = 0; n < flowBounds.tasks; n += 1) learn(`t${n}`);
    expect(verdict('first')).toBe('step-up');
    // One that is still known whole is as it was.
    expect(verdict(`t${flowBounds.tasks - 1}`)).toBe('auto');
    // It was heard of only after others were dropped, and may have been one of them.
    learn('late');
    expect(verdict('late')).toBe('step-up');
    // Of one that is clean when it is heard of, nothing was dropped that a stranger wrote.
    memory.begin('fresh');
    learn('fresh');
    expect(verdict('fresh')).toBe('auto');
    memory.begin('late');
    expect(verdict('late')).toBe('step-up');
    memory.missed('fresh');
    memory.begin('fresh');
    expect(verdict('fresh')).toBe('step-up');
  });
});
