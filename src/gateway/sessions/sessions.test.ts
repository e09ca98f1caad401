import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { fakeCircle } from '../../../test/fakes/fake-fellows.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { holderOf } from '../holder.ts';
import { declaredBits, declaredBy } from './declared.ts';
import { createSessions, type SessionParts } from './sessions.ts';

const principal = (more: Partial<Principal> = {}) =>
  ({ tenant: 'main', agent: 'a', instance: 'i', task: 't', ...more }) as Principal;
const begun = { revision: '2025-06-18', capabilities: { elicitation: {}, roots: {} } } as const;

let keyring: FakeKeyring;
let clock: ManualClock;
let seal: SessionParts['seal'];

beforeEach(async () => {
  keyring = new FakeKeyring();
  clock = new ManualClock();
  seal = await keyring.wrapper('mcp-sessions');
});

describe('a session', () => {
  it('is what its client said, whichever gateway is asked, also after a start [TOL-01]', () => {
    const text = createSessions({ seal, clock }).begin(principal(), begun);
    expect(text).toMatch(/^[\x21-\x7e]{1,512}$/);
    expect(createSessions({ seal, clock }).open(text)).toMatchObject({
      holder: holderOf(principal()),
      revision: '2025-06-18',
      capabilities: { elicitation: {}, roots: {} },
      log: undefined,
    });
  });

  it('is one instance’s at one task: everybody else’s holder is another', () => {
    const own = holderOf(principal());
    for (const more of [{ tenant: 'x' }, { agent: 'x' }, { instance: 'x' }, { task: 'x' }]) {
      expect(holderOf(principal(more))).not.toBe(own);
    }
  });

  it('that was made up, changed or sealed by another key is none', async () => {
    const sessions = createSessions({ seal, clock });
    const text = sessions.begin(principal(), begun);
    const other = { seal: await new FakeKeyring().wrapper('mcp-sessions'), clock };
    const foreign = createSessions(other).begin(principal(), begun);
    for (const bad of [
      '',
      '1.',
      'x',
      foreign,
      text.replace('1.', '2.'),
      text.slice(0, -2),
      `${text}A`,
      `${text}=`,
      text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      `1.${'A'.repeat(600)}`,
    ]) {
      expect([bad, sessions.open(bad)]).toEqual([bad, undefined]);
    }
  });

  it('ends by its age (sessionMs)', () => {
    const sessions = createSessions({ seal, clock });
    const text = sessions.begin(principal(), begun);
    clock.advance(limits.sessionMs);
    expect(sessions.open(text)).toBeDefined();
    clock.advance(1);
    expect(sessions.open(text)).toBeUndefined();
  });

  it('is ended by its client at every gateway of the listener, and its level is known there', async () => {
    const circle = fakeCircle(2);
    const ended: string[] = [];
    const all = circle.fellows.map((fellows) =>
      createSessions({ seal, clock, fellows, onEnd: (id) => ended.push(id) }),
    );
    for (const [at, { note }] of all.entries()) circle.join(at, { noteSession: note });
    const [one, two] = all;
    const text = one?.begin(principal(), begun) ?? '';
    const id = one?.open(text)?.id ?? '';
    one?.setLevel(id, 'warning');
    await turn();
    expect([one, two].map((sessions) => sessions?.open(text)?.log)).toEqual(['warning', 'warning']);
    two?.end(id);
    await turn();
    expect([one, two].map((sessions) => sessions?.open(text))).toEqual([undefined, undefined]);
    expect(ended).toEqual([id, id]);
    one?.setLevel(id, 'debug');
    expect(one?.open(text)).toBeUndefined();
  });

  it('is one of so many that are remembered (sessionNotes): the oldest is forgotten', () => {
    const sessions = createSessions({ seal, clock });
    const text = sessions.begin(principal(), begun);
    sessions.end(sessions.open(text)?.id ?? '');
    for (let at = 1; at < limits.sessionNotes; at += 1) sessions.end(`s-${at}`);
    expect(sessions.open(text)).toBeUndefined();
    sessions.end('s-last');
    // It gave no right to anything: whoever has it proves with each request who it is.
    expect(sessions.open(text)).toBeDefined();
  });
});

describe('what a client can be asked', () => {
  it.each([
    [undefined, {}],
    [{ elicitation: {} }, { elicitation: {} }],
    [
      { elicitation: { form: {}, url: {} }, sampling: { tools: {}, context: {} } },
      { elicitation: { form: {}, url: {} }, sampling: { tools: {} } },
    ],
    [{ roots: { listChanged: true }, experimental: { x: {} } }, { roots: {} }],
    [{ elicitation: 1, sampling: [] }, {}],
  ])('is kept as far as anybody asks it: %j', (given, kept) => {
    expect(declaredBy(declaredBits(given))).toEqual(kept);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
