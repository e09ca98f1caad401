import { describe, expect, it } from 'vitest';
import { toolCallRequest } from '#contracts/tool-server.ts';
import type { Continued } from '#kernel/call.ts';
import { isRefusal } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createInspector } from '#planes/semantic/index.ts';
import type { Taken, TakenAsks } from '../intake.ts';
import type { Exchanging } from '../subject.ts';
import { createAsks } from './asks.ts';
import { converse, type ConverseNeed, isTalk } from './converse.ts';
import { createQuestions } from './questions.ts';

const requests = { who: { method: 'elicitation/create', params: { message: 'who?' } } };
const talk = { progress: false, log: undefined, capabilities: { elicitation: {} }, asked: 'retry' };
const accept = { who: { action: 'accept', content: { name: 'Ada' } } };

describe('a call that goes on where the last one asked', () => {
  it('goes on with its replies and what the server gave along, once (tools/unknown-state)', async () => {
    const world = served();
    const handle = await world.asks({});
    expect(await world.goOn({ replies: accept, state: handle })).toMatchObject({ content: [] });
    expect(world.goings.at(-1)).toEqual({ replies: accept, state: 'its own' });
    expect(await world.goOn({ replies: accept, state: handle })).toBe('tools/unknown-state');
  });

  it('does not go on for another caller, task, target or other arguments', async () => {
    const world = served();
    const handle = await world.asks({});
    const going = { replies: accept, state: handle };
    for (const other of [
      { instance: 'bob' },
      { tenant: 'other' },
      { task: 'next' },
      { argumentBytes: Buffer.from('{"a":1}') },
      { tool: 'other' },
    ]) {
      expect(await world.goOn(going, other)).toBe('tools/unknown-state');
    }
    expect(await world.goOn({ ...going, state: undefined })).toBe('tools/unknown-state');
    expect(world.goings).toHaveLength(1);
    // Nothing left for the server, so nothing of unknown effect is booked.
    expect(world.left()).toBe(1);
  });

  it('sends no reply that carries a secret', async () => {
    const world = served();
    const handle = await world.asks({});
    const leaked = {
      who: { content: { name: 'AKIAIOSFODNN7EXAMPLE', key: `ghp_${'a1B2'.repeat(9)}` } },
    };
    expect(await world.goOn({ replies: leaked, state: handle })).toBe(
      'semantic/secret-in-arguments',
    );
    expect(world.goings).toHaveLength(1);
  });

  it('offers a server what its document lets it ask, of a caller who can be asked', async () => {
    const world = served();
    await world.asks({ asks: ['elicitation', 'sampling'] });
    await world.asks({ asks: ['sampling', 'roots'] });
    await world.asks({ asks: [] });
    expect(world.offered).toEqual([{ elicitation: {} }, {}, {}]);
  });
});

describe('a call', () => {
  it('is talk when its caller takes more than the answer, and its server may say more', () => {
    const all = { asks: ['elicitation', 'roots'] } as const;
    const none = { progress: false, log: undefined, capabilities: {}, asked: 'stream' } as const;
    expect(isTalk(undefined, undefined, all)).toBe(false);
    expect(isTalk(none, undefined, all)).toBe(false);
    expect(isTalk({ ...none, progress: true }, undefined, all)).toBe(true);
    expect(isTalk({ ...none, log: 'info' }, undefined, all)).toBe(true);
    expect(isTalk({ ...none, capabilities: { roots: {} } }, undefined, all)).toBe(true);
    expect(isTalk(undefined, { state: 's', replies: {} }, all)).toBe(true);
    expect(isTalk({ ...none, capabilities: { roots: {} } }, undefined, {})).toBe(false);
  });
});

interface Other {
  readonly instance?: string;
  readonly tenant?: string;
  readonly task?: string;
  readonly tool?: string;
  readonly argumentBytes?: Buffer;
}

/** A server that asks once, and then answers. */
function served() {
  const goings: unknown[] = [];
  let left = 0;
  const offered: JsonObject[] = [];
  const parts = { asks: createAsks(), questions: createQuestions(), inspector: createInspector() };
  const need = (continued: Continued | undefined, other: Other, asks: readonly string[]) => ({
    walk: {
      principal: {
        tenant: other.tenant ?? 'main',
        instance: other.instance ?? 'ada',
        task: other.task ?? 't',
      },
      call: { talk, signal: new AbortController().signal },
    } as unknown as Exchanging,
    server: { asks } as ConverseNeed['server'],
    target: { kind: 'tool', owner: 'sdk', name: other.tool ?? 'who' } as const,
    isRead: true,
    argumentBytes: other.argumentBytes ?? Buffer.from('{}'),
    continued,
    request: toolCallRequest({
      callId: 'call',
      tool: 'who',
      argumentBytes: Buffer.from('{}'),
      lent: [],
      timeoutMs: 1_000,
      resultBytes: 1_000,
      signal: new AbortController().signal,
      trace: undefined,
    }),
    upstream: {
      converse({ params, hearing }) {
        const { inputResponses: replies, requestState: state } = parseJson(params) as JsonObject;
        goings.push(replies === undefined ? undefined : { replies, state });
        offered.push(hearing?.capabilities ?? {});
        const asked: TakenAsks = { kind: 'asks', requests, state: 'its own', redactions: 0 };
        const answer: Taken = { kind: 'answer', result: { content: [] }, redactions: 0 };
        return Promise.resolve(replies === undefined ? asked : answer);
      },
    } satisfies ConverseNeed['upstream'],
    leaves: () => void (left += 1),
  });
  const run = async (continued: Continued | undefined, other: Other, asks: readonly string[]) => {
    const told = await converse(parts, need(continued, other, asks));
    if (isRefusal(told)) return told.code;
    if (told.kind !== 'stream') throw new Error('it is no stream');
    for await (const one of told.windows) {
      if (one.kind === 'end') return one.answer ?? one.refusal?.code;
    }
    return undefined;
  };
  return {
    left: () => left,
    goings,
    offered,
    async asks({ asks = ['elicitation'] }: { readonly asks?: readonly string[] }) {
      const told = await run(undefined, {}, asks);
      return typeof told === 'object' ? (told.asks ?? '') : '';
    },
    async goOn(continued: Continued, other: Other = {}) {
      const told = await run(continued, other, ['elicitation']);
      return typeof told === 'object' ? told.result : told;
    },
  };
}
