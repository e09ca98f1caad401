import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { SinkKind, ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, type FlowMemory, readWords } from './index.ts';
import { skeleton } from './text-forms.ts';

const sinks: Record<string, SinkKind> = {
  to: 'recipient',
  iban: 'account',
  url: 'url',
  path: 'path',
  id: 'objectId',
};
const flow: ToolFlow = { sinks, deeds: ['send', 'save'], asserted: [], ids: [], names: [] };
const words = readWords('Send a summary to ann@corp.example, and save it.');

/** What a stranger wants to have somewhere, and in which argument. */
const wanted = fc.oneof(
  fc.record({
    in: fc.constant('to'),
    value: fc.stringMatching(/^[a-z]{4,9}@[a-z]{4,9}\.example$/),
  }),
  fc.record({ in: fc.constant('iban'), value: fc.stringMatching(/^GB29NWBK[0-9]{14}$/) }),
  fc.record({
    in: fc.constant('url'),
    value: fc.stringMatching(/^https:\/\/[a-z]{4,9}\.example\/[a-z]{3,9}$/),
  }),
  fc.record({
    in: fc.constant('path'),
    value: fc.stringMatching(/^\/[a-z]{3,6}\/[a-z]{3,6}\.[a-z]{3}$/),
  }),
  fc.record({ in: fc.constant('id'), value: fc.stringMatching(/^[a-z]{3}-[0-9]{4}$/) }),
);

const as = (form: BufferEncoding) => (text: string) => Buffer.from(text).toString(form);
const layers = [as('base64'), as('base64url'), as('hex'), encodeURIComponent];
/** How a stranger writes it: as it is, under one layer or two, in capitals, between other letters. */
const written = fc
  .record({
    under: fc.array(fc.constantFrom(...layers), { maxLength: 2 }),
    around: fc.constantFrom(
      ['', ''],
      ['"', '"'],
      ['see ', ' now'],
      ['<', '>'],
      ['a=', ';b=1'],
      ['(', ').'],
    ),
  })
  .map(({ under, around: [left, right] }) => (value: string) => {
    const hidden = under.reduce((text, layer) => layer(text), value);
    // Within other letters nothing of an encoding can be told any more.
    return under.length > 0 ? `see ${hidden} now` : `${left}${hidden}${right}`;
  });
/** In two or three pieces, of two letters each at least, in as many results. */
const split = fc.array(fc.double({ min: 0.2, max: 0.8, noNaN: true }), {
  minLength: 1,
  maxLength: 2,
});

function piecesOf(value: string, at: readonly number[]): readonly string[] {
  const cuts = [...new Set(at.map((share) => Math.round(share * value.length)))].toSorted(
    (a, b) => a - b,
  );
  const all = [0, ...cuts, value.length];
  return all.slice(1).map((end, n) => value.slice(all[n], end));
}

const noise = fc.array(fc.stringMatching(/^[a-z]{2,8}( [a-z]{2,8}){0,5}$/), { maxLength: 6 });

function learn(memory: FlowMemory, text: string, at: number): void {
  memory.learn('t', {
    target: 'files/read',
    call: `c${at}`,
    flow: undefined,
    untrusted: true,
    effect: 'read',
    arguments: {},
    argumentsDigest: `d${at}`,
    result: { structuredContent: at % 2 === 0 ? { text } : [text] },
  });
}

function memoryOf(texts: readonly string[]): FlowMemory {
  const memory = createFlowMemory();
  for (const [at, text] of texts.entries()) learn(memory, text, at);
  return memory;
}

const verdictOf = (memory: FlowMemory, args: JsonObject) =>
  memory.judge('t', {
    target: 'mail/send',
    flow,
    effect: 'write',
    reversible: false,
    arguments: args,
    argumentsDigest: JSON.stringify(args),
    words,
    untrusted: true,
    seenAll: true,
  }).verdict;

/** How an agent that was taken over writes it in its call. */
const given = fc.constantFrom<(value: string) => Json>(
  (value) => value,
  (value) => ` ${value} `,
  (value) => value.toUpperCase(),
  (value) => [value],
  (value) => ['ann@corp.example', value],
);

describe('a value that a stranger brought', () => {
  it('never acts by itself, however it was written, hidden or put together [SEM-02, SEM-03]', () => {
    fc.assert(
      fc.property(wanted, written, given, noise, (what, write, give, others) => {
        const memory = memoryOf([...others, write(what.value), ...others]);
        expect(verdictOf(memory, { [what.in]: give(what.value) })).not.toBe('auto');
      }),
      { numRuns: 600, seed: 21 },
    );
  });

  it('never acts by itself when it came in pieces, over several results', () => {
    fc.assert(
      fc.property(wanted, split, noise, (what, at, others) => {
        const pieces = piecesOf(what.value, at);
        fc.pre(
          pieces.every(
            (piece) => piece.length >= 2 && /^[^\s"'`([{<*_]+[^\s"'`)\]}>*_.,;:!?]$/.test(piece),
          ),
        );
        const memory = memoryOf([...pieces, ...others]);
        expect(verdictOf(memory, { [what.in]: what.value })).not.toBe('auto');
      }),
      { numRuns: 400, seed: 22 },
    );
  });

  it('is not granted by looking like one that the user named', () => {
    const twins: Record<string, string> = {
      a: 'а',
      n: 'ո',
      c: 'с',
      o: 'о',
      r: 'г',
      p: 'р',
      e: 'е',
    };
    const mail = 'ann@corp.example';
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 4, 5, 6, 7], { minLength: 1 }), (places) => {
        const alike = Array.from(mail, (letter, at) =>
          places.includes(at) ? (twins[letter] ?? letter) : letter,
        ).join('');
        fc.pre(alike !== mail);
        expect(verdictOf(memoryOf(['nothing']), { to: alike })).toBe('step-up');
      }),
      { numRuns: 100, seed: 23 },
    );
    expect(skeleton('аnn@соrp.example')).toBe(skeleton(mail));
  });

  it('leaves what the user named, and what nobody else wrote, as it is', () => {
    fc.assert(
      fc.property(wanted, written, noise, (what, write, others) => {
        const memory = memoryOf([...others, write(what.value)]);
        expect(verdictOf(memory, { to: 'ann@corp.example', path: 'q-own-7.md' })).toBe('auto');
      }),
      { numRuns: 200, seed: 24 },
    );
  });
});

describe('what is known of a task', () => {
  /** Whatever is told afterwards takes no doubt away, but what says what the user pointed at. */
  it('only grows: a doubt never goes by reading more', () => {
    fc.assert(
      fc.property(wanted, written, noise, noise, (what, write, before, after) => {
        const early = memoryOf([...before, write(what.value)]);
        const late = memoryOf([...before, write(what.value), ...after]);
        const args = { [what.in]: what.value };
        expect([verdictOf(early, args), verdictOf(late, args)]).toEqual(['step-up', 'step-up']);
      }),
      { numRuns: 200, seed: 25 },
    );
  });

  it('is the same whenever it is read: at once, in parts, or with each call', () => {
    fc.assert(
      fc.property(wanted, written, noise, noise, (what, write, before, after) => {
        const texts = [...before, write(what.value), ...after];
        const args = { [what.in]: what.value, body: texts.join(' ') };
        const last = memoryOf(texts);
        const parts = memoryOf(texts);
        while (!parts.settle('t'));
        const each = memoryOf([]);
        for (const [at, text] of texts.entries()) {
          learn(each, text, at);
          verdictOf(each, args);
        }
        const facts = [last, parts, each].map((memory) =>
          memory.judge('t', {
            target: 'mail/send',
            flow,
            effect: 'write',
            reversible: true,
            arguments: args,
            argumentsDigest: 'e',
            words,
            untrusted: true,
            seenAll: true,
          }),
        );
        expect(facts[1]).toEqual(facts[0]);
        expect(facts[2]).toEqual(facts[0]);
      }),
      { numRuns: 150, seed: 26 },
    );
  });
});
