import { beforeEach, describe, expect, it } from 'vitest';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { fakeCircle } from '../../../test/fakes/fake-fellows.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import type { PacedLine } from '../http/protocol.ts';
import type { AnswerOf } from './kept-answer.ts';
import { createKeptAnswers, type KeptAnswers, type KeptAnswersParts } from './kept-answers.ts';

/** Whoever came back, and what it has read. */
class Reader implements PacedLine {
  readonly heard: string[] = [];
  isOver = false;
  readonly #isSlow: boolean;
  #room = Promise.withResolvers<boolean>();
  #closed: (() => void)[] = [];

  constructor(isSlow = false) {
    this.#isSlow = isSlow;
  }

  write(bytes: Buffer): boolean {
    const text = bytes.toString('utf8');
    if (text !== ': \n\n') this.heard.push(text.replace(/^id: .*\n/, ''));
    return true;
  }
  taken(): Promise<boolean> {
    return this.#isSlow ? this.#room.promise : Promise.resolve(true);
  }
  reads(isThere: boolean): void {
    this.#room.resolve(isThere);
    this.#room = Promise.withResolvers();
  }
  finish(last?: Buffer): void {
    if (last !== undefined) this.write(last);
    this.isOver = true;
  }
  end(last: Buffer | undefined): void {
    this.finish(last);
  }
  onClose(closed: () => void): void {
    this.#closed.push(closed);
  }
  leave(): void {
    for (const closed of this.#closed) closed();
  }
}

const done = { kind: 'greeted', recordId: 'r' } as const;
const gone = Buffer.from('gone');
const word = (text: string) => Buffer.from(`data: ${text}\n\n`);

let seal: KeptAnswersParts['seal'];
let clock: ManualClock;
let answers: KeptAnswers;
let moves: string[];
let stopped: Refusal | undefined;

beforeEach(async () => {
  seal = await new FakeKeyring().wrapper('mcp-sessions');
  clock = new ManualClock();
  answers = createKeptAnswers({ seal, clock });
  moves = [];
  stopped = undefined;
});

const of = (more: Partial<AnswerOf> = {}): AnswerOf => ({
  session: 's',
  holder: 'h',
  request: { method: 'tools/call', id: 7 },
  isPrimed: true,
  mayNot: () => stopped,
  instead: (no, effect, recordId) => word(`${no.code} ${effect} ${recordId}`),
  caller: {
    lose: () => void moves.push('lose'),
    back: () => void moves.push('back'),
    left: () => void moves.push('left'),
  },
  ...more,
});

const idOf = (event: Buffer | undefined) => /^id: (\S+)/.exec(String(event))?.[1] ?? '';

function comeBack(after: string, reader = new Reader(), at = answers) {
  const place = at.placeOf(after, 's');
  if (place === undefined) throw new Error('no such place');
  return { reader, over: at.resume(place, reader, gone) };
}

function twoGateways() {
  const circle = fakeCircle(2);
  const [here, there] = circle.fellows.map((fellows) =>
    createKeptAnswers({ seal, clock, fellows }),
  );
  if (here === undefined || there === undefined) throw new Error('there are two');
  circle.join(0, { nextOfAnswer: here.nextHere });
  return { here, there };
}

describe('an answer that is kept', () => {
  it('is told from the place at which its reader lost it, each message once, and then as it comes [TOL-01]', async () => {
    const kept = answers.keep(of());
    expect(String(kept.first)).toMatch(/^id: a\.\S+\.0\nretry: 1000\ndata: \n\n$/);
    const heard = kept.add(word('1'));
    kept.add(word('2'));
    const { reader, over } = comeBack(idOf(heard));
    await expect.poll(() => reader.heard).toEqual(['data: 2\n\n']);
    kept.add(word('3'));
    kept.end(word('the end'), done);
    await over;
    expect(reader.heard).toEqual(['data: 2\n\n', 'data: 3\n\n', 'data: the end\n\n']);
    expect([reader.isOver, moves]).toEqual([true, ['lose', 'back']]);
  });

  it('has no event without data for clients that do not know what it is for', () => {
    const kept = answers.keep(of({ isPrimed: false }));
    expect(kept.first).toBeUndefined();
    expect(idOf(kept.add(word('1')))).toMatch(/\.0$/);
  });

  it('has one reader: who came first is told no more once another one came', async () => {
    const kept = answers.keep(of());
    const first = comeBack(idOf(kept.first));
    const second = comeBack(idOf(kept.first));
    await first.over;
    expect(first.reader.isOver).toBe(true);
    kept.end(word('the end'), done);
    await second.over;
    expect([first.reader.heard, second.reader.heard]).toEqual([[], ['data: the end\n\n']]);
    expect(moves).toEqual(['lose', 'back', 'back']);
  });

  it('waits for a reader who does not read with one message, and is told that it left', async () => {
    const kept = answers.keep(of());
    kept.add(word('1'));
    kept.add(word('2'));
    const slow = comeBack(idOf(kept.first), new Reader(true));
    await expect.poll(() => slow.reader.heard).toEqual(['data: 1\n\n']);
    slow.reader.reads(true);
    await expect.poll(() => slow.reader.heard).toEqual(['data: 1\n\n', 'data: 2\n\n']);
    slow.reader.reads(false);
    await slow.over;
    expect(moves).toEqual(['lose', 'back', 'left']);
    const { reader, over } = comeBack(idOf(kept.first));
    reader.leave();
    await over;
    expect(moves.slice(-2)).toEqual(['back', 'left']);
  });

  it('is of its own session alone, and cannot be made up [TOL-01]', async () => {
    const id = idOf(answers.keep(of()).first);
    expect(answers.placeOf(id, 's')).toMatchObject({ method: 'tools/call', id: 7, after: 0 });
    const other = createKeptAnswers({ seal: await new FakeKeyring().wrapper('x'), clock });
    for (const bad of ['', 'a.', 'a..0', `${id}x`, `${id}.1`, id.replace('a.', 'b.'), id.slice(2)])
      expect(answers.placeOf(bad, 's')).toBeUndefined();
    expect(answers.placeOf(id, 'another')).toBeUndefined();
    expect(other.placeOf(id, 's')).toBeUndefined();
    expect(answers.placeOf(`a.${'A'.repeat(4_000)}.0`, 's')).toBeUndefined();
  });

  it('that a stop came upon is withheld from whoever comes back, with the effect that it had [TOL-01]', async () => {
    const kept = answers.keep(of());
    kept.add(word('1'));
    kept.end(word('the end'), done);
    stopped = refusal('stop/active');
    const { reader, over } = comeBack(idOf(kept.first));
    await over;
    expect(reader.heard).toEqual(['data: stop/active done r\n\n']);
    const open = answers.keep(of());
    open.add(word('1'));
    const second = comeBack(idOf(open.first));
    await second.over;
    expect(second.reader.heard).toEqual(['data: stop/active unknown undefined\n\n']);
  });

  it('is forgotten with its session, and whoever reads it is told so', async () => {
    const kept = answers.keep(of());
    const { reader, over } = comeBack(idOf(kept.first));
    answers.endSession('s');
    await over;
    expect([reader.heard, reader.isOver]).toEqual([['gone'], true]);
    kept.end(word('the end'), done);
    const again = comeBack(idOf(kept.first));
    await again.over;
    expect(again.reader.heard).toEqual(['gone']);
  });

  it('is kept for `limits.keptAnswersMs` after its end, and told to be gone then', async () => {
    const kept = answers.keep(of());
    clock.advance(limits.keptAnswersMs * 2);
    kept.end(word('the end'), done);
    clock.advance(limits.keptAnswersMs - 1);
    const then = comeBack(idOf(kept.first));
    await then.over;
    expect(then.reader.heard).toEqual(['data: the end\n\n']);
    clock.advance(1);
    const late = comeBack(idOf(kept.first));
    await late.over;
    expect(late.reader.heard).toEqual(['gone']);
  });

  it('goes, oldest first, when one instance has `limits.keptAnswersBytesEach`', async () => {
    const large = Buffer.alloc(limits.keptAnswersBytesEach / 4, 'x');
    const others = answers.keep(of({ holder: 'another' }));
    const kept = [1, 2, 3, 4].map(() => answers.keep(of()));
    for (const one of kept) one.end(large, done);
    const heard = [others, ...kept].map(async ({ first }) => {
      const { reader, over } = comeBack(idOf(first));
      others.end(word('the end'), done);
      await over;
      return reader.heard.map((text) => text.length);
    });
    const small = 'data: the end\n\n'.length;
    expect((await Promise.all(heard)).map(([length]) => length)).toEqual([
      small,
      gone.length,
      ...[1, 2, 3].map(() => large.length),
    ]);
  });

  it('goes, oldest first, whosever it is, when there are `limits.keptAnswersBytes`', async () => {
    const large = Buffer.alloc(limits.keptAnswersBytesEach - 4_096, 'x');
    const most = Math.ceil(limits.keptAnswersBytes / limits.keptAnswersBytesEach) + 1;
    const kept = Array.from({ length: most }, (_, at) => answers.keep(of({ holder: `h${at}` })));
    for (const one of kept) one.end(large, done);
    const first = comeBack(idOf(kept[0]?.first));
    const last = comeBack(idOf(kept.at(-1)?.first));
    await Promise.all([first.over, last.over]);
    expect(first.reader.heard).toEqual(['gone']);
    expect(last.reader.heard.map((text) => text.length)).toEqual([large.length]);
  });

  it('is told at whichever gateway its client comes back, and is gone with the one that kept it', async () => {
    const { here, there } = twoGateways();
    const kept = here.keep(of());
    kept.add(word('1'));
    const { reader, over } = comeBack(idOf(kept.first), new Reader(), there);
    await expect.poll(() => reader.heard).toEqual(['data: 1\n\n']);
    kept.end(word('the end'), done);
    await over;
    expect(reader.heard).toEqual(['data: 1\n\n', 'data: the end\n\n']);
    expect(moves).toEqual(['lose', 'back']);
    here.close();
    const late = comeBack(idOf(kept.first), new Reader(), there);
    await late.over;
    expect(late.reader.heard).toEqual(['gone']);
  });

  it('whose reader left another gateway is told so where it is kept', async () => {
    const { here, there } = twoGateways();
    const first = idOf(here.keep(of()).first);
    const { reader, over } = comeBack(first, new Reader(), there);
    await expect.poll(() => moves).toEqual(['lose', 'back']);
    reader.leave();
    await over;
    await expect.poll(() => moves).toEqual(['lose', 'back', 'left']);
  });
});
