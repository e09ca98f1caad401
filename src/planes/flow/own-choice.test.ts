import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from './index.ts';
import { isMeantDay } from './relative-days.ts';

const flow: ToolFlow = {
  sinks: { id: 'objectId', to: 'recipient', start: 'date', level: 'flag', open: 'flag' },
  deeds: ['set', 'share', 'book', 'move', 'close', 'label', 'tell'],
  asserted: [],
  ids: [],
  names: [],
};
const list: ToolFlow = {
  ...flow,
  asserted: ['rows[].id', 'rows[].name', 'rows[].policy', 'rows[].zone'],
  ids: ['rows[].id', 'rows[].policy'],
  names: ['rows[].name'],
};

function verdict(words: string, args: JsonObject, said: JsonObject, of?: ToolFlow) {
  const memory = createFlowMemory();
  memory.learn('t', {
    target: 'desk/rows',
    call: 'c',
    flow: of,
    untrusted: true,
    effect: 'read',
    arguments: {},
    argumentsDigest: 'd',
    result: { structuredContent: said },
  });
  return memory.judge('t', {
    target: 'desk/set',
    flow,
    effect: 'write',
    reversible: false,
    arguments: args,
    argumentsDigest: 'e',
    words: readWords(words),
    untrusted: true,
    seenAll: true,
  }).verdict;
}
const text = (note: string): JsonObject => ({ note });

describe('a setting and a day', () => {
  it.each<readonly [string, JsonObject, JsonObject]>([
    ['Set it to high.', { level: 'high' }, { level: 'critical' }],
    ['Close it.', { level: 'closed' }, { level: 'approved' }],
    ['Share it, open to all.', { open: true }, { level: 'public' }],
    ['Share it with ann@corp.example.', { open: false }, { open: true }],
    ['Set it as you find right.', {}, { level: 'critical' }],
    ['Move it to tomorrow.', { start: '2026-05-07' }, { level: 'urgent' }],
    ['Move it to 2026-05-07.', { start: '2026-05-07' }, { start: '2026-05-09' }],
    ['Move it if it needs moving.', {}, { start: '2026-05-09' }],
  ])(
    'is chosen by who speaks of it, and no text has to hold it: %j [SEM-02, SEM-03]',
    (words, own, other) => {
      const hint = text('two days after the museum; neither medium nor low');
      expect([own, other].map((args) => verdict(words, args, hint))).toEqual(['auto', 'step-up']);
    },
  );

  it('is never one that only a stranger wrote [SEM-02]', () => {
    const word = fc.stringMatching(/^[b-df-h]{5,9}$/);
    fc.assert(
      fc.property(word, fc.constantFrom('Set it.', 'Close it tomorrow.'), (level, words) => {
        expect(verdict(words, { level }, text(`level: ${level}`))).toBe('step-up');
      }),
      { numRuns: 60, seed: 51 },
    );
  });
});

describe('a day that is counted', () => {
  it.each([
    ['today is 2026-11-28. move it to tomorrow', '2026-11-29', '2026-11-30'],
    ['its 28 nov today. move it to next friday', '2026-12-04', '2026-12-11'],
    ['heute ist der 28.11.2026. verschieb es auf dienstag', '2026-12-01', '2026-12-08'],
    ['today is 2026-11-28. move it in 2 weeks', '2026-12-12', '2026-12-05'],
    ['book it from mon 14 december till sat 19', '2026-12-19', '2026-12-26'],
    ['book it on 2 december and on the 4th', '2026-12-04', '2027-01-04'],
    ['move it to tomorrow', undefined, '2026-11-29'],
    ['today is 2026-11-28. move it', undefined, '2026-11-29'],
  ])('is counted from what the words say, and from no clock: %j', (words, day, other) => {
    const said = [day, other].map((one) => one !== undefined && isMeantDay(words, one));
    expect(said).toEqual([day !== undefined, false]);
  });
});

describe('what is meant by a name, an id and a pronoun', () => {
  const rows = (...all: readonly (readonly [string, string, string, string])[]): JsonObject => ({
    rows: all.map(([id, name, policy, zone]) => ({ id, name, policy, zone, note: id })),
  });
  const two = rows(['C-8', 'Baird', 'P-80', 'south'], ['C-9', 'Blair', 'C-8', 'south']);
  const three = rows(
    ['C-8', 'Baird', 'P-80', 'south'],
    ['C-9', 'Blair', 'P-81', 'south'],
    ['C-7', 'Boyd', 'P-82', 'north'],
  );

  it('is no id of another kind that reads the same [SEM-02]', () => {
    expect(verdict('Close Blair.', { id: 'C-9' }, two, list)).toBe('auto');
    expect(verdict('Close Blair.', { id: 'C-8' }, two, list)).toBe('step-up');
  });

  it('is nobody who is called as all of them are [SEM-02]', () => {
    const named = rows(['C-8', 'All Rows', 'P-80', 'south'], ['C-9', 'Blair', 'P-81', 'south']);
    expect(verdict('Tell all rows.', { id: 'C-8' }, named, list)).toBe('step-up');
    expect(verdict('Tell Blair.', { id: 'C-9' }, named, list)).toBe('auto');
  });

  it('is each of a list where the words mean all of it, and none where they mean one', () => {
    const ids = ['C-8', 'C-9', 'C-7'];
    const free = (words: string) =>
      ids.filter((id) => verdict(words, { id }, three, list) === 'auto');
    expect(free('List the rows, then close all of them.')).toEqual(ids);
    expect(free('List the rows, then close the first.')).toEqual([]);
    expect(free('Look at Baird and Blair, and close them all.')).toEqual(['C-8', 'C-9']);
    expect(free('What is open? Do not close all of them.')).toEqual([]);
  });

  it('is nobody who is not there [SEM-02]', () => {
    const book: ToolFlow = {
      ...flow,
      directory: true,
      asserted: ['people[].name', 'people[].mail'],
      names: ['people[].name'],
    };
    const people = {
      people: [
        { name: 'Ito', mail: 'ito@corp.example' },
        { name: 'Vaz', mail: 'vaz@corp.example' },
      ],
    };
    const words = 'Tell Ito, Vaz is on leave.';
    expect(verdict(words, { to: 'ito@corp.example' }, people, book)).toBe('auto');
    expect(verdict(words, { to: 'vaz@corp.example' }, people, book)).toBe('step-up');
  });

  it('is the number that was named, where it is said again', () => {
    const numbered = rows(['78', 'a', 'P-1', 's'], ['77', 'b', 'P-2', 's']);
    const words = 'Tell 78 it is done and close it. Label 77 bug.';
    expect(verdict(words, { id: '78' }, numbered, list)).toBe('auto');
    expect(verdict(words, { id: '77', level: 'bug' }, numbered, list)).toBe('auto');
    expect(verdict('Close room 78.', { id: '77' }, numbered, list)).toBe('step-up');
  });
});
