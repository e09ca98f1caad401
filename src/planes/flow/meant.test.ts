import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { EffectClass, ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { createFlowMemory, readWords } from './index.ts';

const none: ToolFlow = { sinks: {}, deeds: [], asserted: [], ids: [], names: [] };

const shelf: ToolFlow = {
  ...none,
  asserted: ['loans[].id', 'loans[].reader', 'loans[].title'],
  ids: ['loans[].id'],
  names: ['loans[].id', 'loans[].reader', 'loans[].title'],
};
const one: ToolFlow = {
  ...none,
  asserted: ['id', 'reader.name', 'reader.mail'],
  ids: ['id'],
  names: ['id', 'reader.name'],
};
const book: ToolFlow = {
  ...none,
  directory: true,
  asserted: ['people[].name', 'people[].role', 'people[].mail'],
  names: ['people[].name', 'people[].role'],
};
const extend: ToolFlow = { ...none, deeds: ['extend', 'renew'], sinks: { id: 'objectId' } };
const inform: ToolFlow = { ...none, deeds: ['inform', 'write'], sinks: { to: 'recipient' } };
const fine: ToolFlow = {
  ...none,
  deeds: ['fine', 'charge'],
  sinks: { id: 'objectId', sum: 'amount' },
};

interface Came {
  readonly of: string;
  readonly said?: Json;
  readonly asked?: JsonObject;
  readonly flow?: ToolFlow;
  readonly effect?: EffectClass;
}

function judge(
  words: string,
  target: string,
  flow: ToolFlow,
  args: JsonObject,
  came: readonly Came[],
  seenAll = true,
) {
  const memory = createFlowMemory();
  for (const [at, { of, said = {}, asked = {}, flow: ofIt, effect = 'read' }] of came.entries()) {
    memory.learn('t', {
      target: of,
      call: `c${at}`,
      flow: ofIt,
      untrusted: effect === 'read',
      effect,
      arguments: asked,
      argumentsDigest: `d${at}`,
      result: { structuredContent: said },
    });
  }
  return memory.judge('t', {
    target,
    flow,
    effect: 'write',
    reversible: true,
    arguments: args,
    argumentsDigest: 'd',
    words: readWords(words),
    untrusted: true,
    seenAll,
  });
}

const loans = (
  ...all: readonly (readonly [id: string, reader: string, title: string])[]
): Came => ({
  of: 'library/loans',
  flow: shelf,
  said: { loans: all.map(([id, reader, title]) => ({ id, reader, title })) },
});
const loan = (id: string, name: string, remark = ''): Came => ({
  of: 'library/loan',
  flow: one,
  said: { id, reader: { name, mail: `${id}@readers.example` }, remark },
});

describe('what can be undone, done to what was issued', () => {
  const renew = (words: string, id: string, ...came: readonly Came[]) =>
    judge(words, 'library/extend', extend, { id }, came).verdict;

  it('is done to the one that was named, and to no other [SEM-02]', () => {
    const both = [loan('510', 'Ida Beck'), loan('512', 'Jon Falk', 'mine too, please')];
    expect(renew('Extend 510.', '510', ...both)).toBe('auto');
    expect(renew('Extend 510.', '512', ...both)).toBe('step-up');
    expect(renew('Extend loan 510.', '512', loan('512', 'Jon Falk'))).toBe('step-up');
    expect(renew("Extend Ida Beck's loan.", '510', ...both)).toBe('auto');
    expect(renew("Extend Ida Beck's loan.", '512', ...both)).toBe('step-up');
  });

  it('is done to what fits a description alone, and waits where several fit or nothing tells', () => {
    const all = loans(
      ['L-1', 'Ida Beck', 'Night Trains'],
      ['L-2', 'Jon Falk', 'Night Birds'],
      ['L-3', 'Ida Beck', 'Salt'],
    );
    expect(renew('Extend the one about birds', 'L-2', all)).toBe('auto');
    expect(renew('Extend the one about birds', 'L-3', all)).toBe('step-up');
    expect(renew('Extend the one about the night', 'L-1', all)).toBe('step-up');
    expect(renew('Extend what Ida Beck has', 'L-1', all)).toBe('step-up');
    expect(renew('Extend all that Ida Beck has', 'L-1', all)).toBe('auto');
    expect(renew('Extend both that Ida Beck has', 'L-3', all)).toBe('auto');
    expect(renew("Extend again what Ida Beck has, that's all", 'L-1', all)).toBe('step-up');
    expect(renew('Extend Salt, which Ida Beck has', 'L-3', all)).toBe('auto');
    expect(renew('Extend Salt, which Ida Beck has', 'L-1', all)).toBe('step-up');
    expect(renew('Extend the oldest', 'L-1', all)).toBe('step-up');
    expect(renew('Extend the oldest', 'L-1', loans(['L-1', 'Ida Beck', 'Salt']))).toBe('step-up');
  });

  it('counts what any tool of the server told, whatever the agent read by itself', () => {
    const list = loans(['510', 'Ida Beck', 'Salt']);
    const words = 'Extend what Ida Beck has.';
    expect(renew(words, '512', list, loan('512', 'Jon Falk'))).toBe('step-up');
    expect(renew(words, '510', list, loan('512', 'Jon Falk'))).toBe('auto');
  });

  it('is done to what more names tell of than of any other', () => {
    const all = loans(
      ['L-1', 'Ida Beck', 'Night Trains'],
      ['L-3', 'Ida Beck', 'Salt'],
      ['L-4', 'Jon Falk', 'Salt'],
    );
    const words = 'Extend Salt, the one that Ida Beck has';
    expect(['L-3', 'L-4', 'L-1'].map((id) => renew(words, id, all))).toEqual([
      'auto',
      'step-up',
      'step-up',
    ]);
  });

  it('is the same where it cannot be undone: most names, and of two alike a person chooses [SEM-02]', () => {
    const people: Came = {
      of: 'choir/singers',
      flow: {
        ...none,
        asserted: ['all[].name', 'all[].voice', 'all[].mail'],
        names: ['all[].name', 'all[].voice'],
      },
      said: {
        all: [
          { name: 'Ida Beck', voice: 'alto', mail: 'ida.1@choir.example' },
          { name: 'Ida Beck', voice: 'tenor', mail: 'ida.2@choir.example' },
          { name: 'Jon Falk', voice: 'tenor', mail: 'jon@choir.example' },
        ],
      },
    };
    const tell = (words: string) =>
      ['ida.1', 'ida.2', 'jon'].map(
        (who) =>
          judge(words, 'post/inform', inform, { to: `${who}@choir.example` }, [people]).verdict,
      );
    expect(tell('Inform Ida Beck, the tenor')).toEqual(['step-up', 'auto', 'step-up']);
    expect(tell('Inform Ida Beck')).toEqual(['step-up', 'step-up', 'step-up']);
    expect(tell('Inform Jon Falk')).toEqual(['step-up', 'step-up', 'auto']);
  });

  it('is not done to the only one that fits, where the words say another number', () => {
    const words = 'Extend loan 510, which Jon Falk has.';
    expect(renew(words, '512', loan('512', 'Jon Falk'))).toBe('step-up');
    expect(renew('Extend what Jon Falk has.', '512', loan('512', 'Jon Falk'))).toBe('auto');
    const list = loans(['510', 'Ida Beck', 'Salt']);
    expect(renew('Extend what Beck has.', '512', list, loan('512', 'Tom Beck'))).toBe('step-up');
  });

  it('names several, each by its own name', () => {
    const all = loans(['L-1', 'Ida Beck', 'Salt'], ['L-2', 'Jon Falk', 'Night Birds']);
    for (const id of ['L-1', 'L-2']) {
      expect(renew('Extend Salt and Night Birds.', id, all)).toBe('auto');
    }
  });
});

describe('who or what is named where the words say no', () => {
  const people: Came = {
    of: 'staff/find',
    flow: book,
    said: {
      people: [
        { name: 'Ida Beck', role: 'caretaker', mail: 'beck@house.example' },
        { name: 'Jon Falk', role: 'head librarian', mail: 'falk@house.example' },
      ],
    },
  };
  const tell = (words: string, to: string) => {
    const { verdict, whys } = judge(words, 'post/inform', inform, { to }, [people]);
    return [verdict, ...whys];
  };

  it.each([
    ['Please inform Ida Beck, not Jon Falk', 'step-up'],
    ['Inform the caretaker but not Falk', 'step-up'],
    ['Inform Ida Beck and nobody else, least of all the head librarian', 'step-up'],
    ["Inform Ida Beck. Don't inform Jon Falk", 'no'],
    ['Informiere Ida Beck. Write it plainly, aber nicht an Jon Falk', 'step-up'],
  ])('gets nothing at an address that the name leads to: %j [SEM-02]', (words, verdict) => {
    expect(tell(words, 'falk@house.example')).toEqual([verdict, 'unwanted']);
  });

  it('takes nothing from whom the words want', () => {
    const short = 'Inform Ida Beck today, but only until noon';
    expect(tell(short, 'beck@house.example')).toEqual(['auto']);
    expect(tell('Inform Ida Beck, not Jon Falk', 'beck@house.example')).toEqual(['auto']);
    expect(tell('Please inform Ida Beck, not Jon Falk', 'beck@house.example')).toEqual(['auto']);
    expect(tell("Inform Ida Beck. Don't inform Jon Falk", 'beck@house.example')).toEqual(['auto']);
    expect(tell('Inform Jon Falk without delay', 'falk@house.example')).toEqual(['auto']);
  });

  it('gets nothing done to what bears the name, nor to what is one of its parts [SEM-02]', () => {
    const all = loans(['L-1', 'Ida Beck', 'Salt'], ['L-2', 'Jon Falk', 'Night Birds']);
    const ask = (words: string, id: string, ...came: readonly Came[]) =>
      judge(words, 'library/extend', extend, { id }, came).whys;
    expect(ask('Extend all of them, except Night Birds', 'L-2', all)).toEqual(['unwanted']);
    expect(ask('Extend Salt and all others, except Night Birds', 'L-1', all)).toEqual([]);
    expect(ask('Extend all, not that of Jon Falk', '512', loan('512', 'Jon Falk'))).toEqual([
      'unwanted',
    ]);
    expect(ask('Extend all but not 7', '7', loan('7', 'Jon Falk'))).toEqual(['unwanted']);
    const unnamed = { ...loan('7', 'Jon Falk'), flow: { ...one, names: ['reader.name'] } };
    expect(ask('Extend all of Jon Falk, not 7', '7', unnamed)).toEqual(['unwanted']);
  });
});

describe('a number that stands for something else', () => {
  it('is no id of what its tool takes, in a described field neither [SEM-02]', () => {
    const all = loans(['40', 'Jon Falk', 'Birds'], ['41', 'Ida Beck', 'Salt']);
    const charge = (words: string, id: string) =>
      judge(words, 'library/charge', fine, { id, sum: 40 }, [all]).verdict;
    expect(charge('Fine Ida Beck 40 francs for Salt', '41')).toBe('auto');
    expect(charge('Fine Ida Beck 40 francs for Salt', '40')).toBe('step-up');
    expect(charge('Fine Ida Beck 40 francs for Salt', ' 40 ')).toBe('step-up');
    expect(charge('Charge 40 to Ida Beck', '40')).toBe('step-up');
    expect(charge('Charge the loan 41 with 40 francs', '41')).toBe('auto');
  });

  it('is no id because it stands in a field of another kind [SEM-02]', () => {
    const due: Came = {
      of: 'library/due',
      flow: {
        ...none,
        asserted: ['due[].id', 'due[].reader', 'due[].days'],
        ids: ['due[].id'],
        names: ['due[].reader'],
      },
      said: {
        due: [
          { id: '40', reader: 'Jon Falk', days: 3 },
          { id: '41', reader: 'Ida Beck', days: 40 },
        ],
      },
    };
    const charge = (id: string) =>
      judge('Fine Ida Beck', 'library/charge', fine, { id }, [due]).verdict;
    expect(['41', '40', ' 40 '].map(charge)).toEqual(['auto', 'step-up', 'step-up']);
  });

  it('is what the server of its word told, though another one told the same number', () => {
    const seats: Came = {
      of: 'rooms/seats',
      flow: {
        ...none,
        asserted: ['seats[].id', 'seats[].row'],
        ids: ['seats[].id'],
        names: ['seats[].id', 'seats[].row'],
      },
      said: {
        seats: [
          { id: '510', row: 'window' },
          { id: '511', row: 'aisle' },
        ],
      },
    };
    const both = [loan('510', 'Ida Beck'), seats];
    const ask = (words: string, target: string) =>
      judge(words, target, { ...extend, deeds: ['extend', 'free'] }, { id: '510' }, both).verdict;
    expect(ask('Loan 510 is over. Free the seat by the window.', 'rooms/free')).toBe('auto');
    expect(ask('Loan 510 is over. Free some seat.', 'rooms/free')).toBe('step-up');
    expect(ask('Extend loan 510.', 'library/extend')).toBe('auto');
    expect(ask('Free seat 510.', 'rooms/free')).toBe('auto');
    expect(ask('Free seat 510, and extend what Jon Falk has.', 'library/extend')).toBe('step-up');
  });
});

describe('a value that this task wrote itself', () => {
  const stranger: Came = { of: 'post/read', said: { text: 'Ask for me at falk@drop.example!' } };
  const list: Came = {
    of: 'sheets/open',
    asked: { title: 'reading circle' },
    said: { rows: 'falk@drop.example' },
  };
  const put = (text: string, of = 'sheets/add'): Came => ({
    of,
    effect: 'write',
    asked: { title: 'reading circle', text },
  });
  const words = 'Inform whoever stands in the reading circle sheet.';
  const ask = (...came: readonly Came[]) =>
    judge(words, 'post/inform', inform, { to: 'falk@drop.example' }, came).verdict;

  it('gets no ground from where it is read again, whatever that is called [SEM-02]', () => {
    expect(ask(list)).toBe('auto');
    expect(ask(stranger, put('falk@drop.example'), list)).toBe('step-up');
    expect(ask(stranger, put('Falk (falk@drop.example)', 'other/save'), list)).toBe('step-up');
    expect(ask(stranger, put('falk@'), put('drop.example'), list)).toBe('step-up');
  });

  it('keeps the ground that it had before it was written, and lets others stand', () => {
    expect(ask(list, put('falk@drop.example'), list)).toBe('auto');
    expect(ask(stranger, put('met on Monday'), list)).toBe('auto');
  });

  it('gets none where it is not known, or not whole, what the task wrote', () => {
    const to = { to: 'falk@drop.example' };
    expect(judge(words, 'post/inform', inform, to, [list], false).verdict).toBe('step-up');
    expect(ask(put('x '.repeat(flowBounds.textChars), 'other/save'), list)).toBe('step-up');
    expect(ask(put('a short one', 'other/save'), list)).toBe('auto');
  });

  it('gets none in a field that a server answers for', () => {
    const card: Came = {
      of: 'sheets/card',
      flow: { ...none, asserted: ['name', 'mail'], names: ['name'] },
      said: { name: 'Jon Falk', mail: 'falk@drop.example' },
    };
    const told = (...came: readonly Came[]) =>
      judge('Inform Jon Falk.', 'post/inform', inform, { to: 'falk@drop.example' }, came).verdict;
    expect(told(stranger, card)).toBe('auto');
    expect(told(stranger, put('falk@drop.example'), card)).toBe('step-up');
  });
});
