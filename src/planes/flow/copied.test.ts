import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from './index.ts';

const none: ToolFlow = { sinks: {}, deeds: [], asserted: [], ids: [], names: [] };
const box: ToolFlow = {
  ...none,
  asserted: ['mails[].id', 'mails[].from'],
  ids: ['mails[].id'],
  names: ['mails[].from'],
};
const send: ToolFlow = {
  ...none,
  deeds: ['send', 'reply', 'write'],
  sinks: { to: 'recipient', body: 'payload' },
};
const note: ToolFlow = { ...none, deeds: ['save'], sinks: { name: 'path', body: 'payload' } };

interface Came {
  readonly of: string;
  readonly said: JsonObject;
  readonly asked?: JsonObject;
  readonly flow?: ToolFlow;
  readonly untrusted?: boolean;
}

function judge(words: string, args: JsonObject, came: readonly Came[], flow = send) {
  const memory = createFlowMemory();
  for (const [at, one] of came.entries()) {
    memory.learn('t', {
      target: one.of,
      call: `c${at}`,
      flow: one.flow,
      untrusted: one.untrusted ?? true,
      effect: 'read',
      arguments: one.asked ?? {},
      argumentsDigest: `d${at}`,
      result: { structuredContent: one.said },
    });
  }
  return memory.judge('t', {
    target: 'post/act',
    flow,
    effect: 'write',
    reversible: false,
    arguments: args,
    argumentsDigest: 'd',
    words: readWords(words),
    untrusted: true,
    seenAll: true,
  });
}

const ann = 'ann@corp.example';
const secret = 'we will close the plant in Graz before the end of May';
const boss: Came = {
  of: 'post/inbox',
  flow: box,
  said: { mails: [{ id: 'm-1', from: 'boss@house.example', text: `Note that ${secret}.` }] },
};
const pay: Came = { of: 'books/wages', said: { rows: 'Eva 58120; Milan 54630' } };
const to = (body: string, at = ann): JsonObject => ({ to: at, body });

describe('text that goes to whom the user named', () => {
  it.each<readonly [string, string, Came]>([
    [`Send ${ann} the agenda.`, `Agenda. ${secret}.`, boss],
    [`Write to ${ann} that all is well.`, `All is well. ${secret.toUpperCase()}`, boss],
    [`Reply to ${ann}.`, 'Eva gets 58120.', pay],
    [`Write to ${ann} that the lamp is here.`, 'It is here. 54630', pay],
    [`Send ${ann} a greeting.`, `Hi!\n> ${secret.replaceAll(' ', '  ')}`, boss],
    [`Send ${ann} a greeting.`, secret, { ...boss, untrusted: false }],
  ])(
    'is asked about where it tells what nobody spoke of: %j [SEM-04, SEM-10]',
    (words, body, came) => {
      // Of nothing but what is the house's own nobody outside has written anything.
      const hello: Came = { of: 'web/page', said: { text: 'hello' } };
      const { verdict, reasons } = judge(words, to(body), [hello, came]);
      expect([verdict, reasons.map(({ why, kind, argument }) => [why, kind, argument])]).toEqual([
        'step-up',
        [['stranger', 'payload', 'body']],
      ]);
      expect(reasons[0]?.origin?.target).toBe(came.of);
    },
  );

  it.each<readonly [string, string, Came]>([
    [`Send ${ann} what boss@house.example wrote.`, secret, boss],
    [`Send ${ann} the mail of the boss.`, secret, boss],
    [`Write to ${ann} that ${secret}.`, secret, boss],
    [`Send ${ann} the wages.`, 'Eva 58120; Milan 54630', pay],
    [`Reply to boss@house.example.`, secret, boss],
    [`Write to ${ann} that the lamp costs 58120.`, 'It costs 58120.', pay],
    [`Send ${ann} a greeting.`, 'Hello Ann, this is a greeting from all of us here.', boss],
    [`Send ${ann} a greeting.`, 'Note that we will close the door.', boss],
    [`Send ${ann} the sum.`, 'It is 71733.', pay],
  ])(
    'goes by itself where the user spoke of it, or it is said anew: %j [SEM-03]',
    (words, body, came) => {
      const at = words.startsWith('Reply') ? 'boss@house.example' : ann;
      expect(judge(words, to(body, at), [came]).verdict).toBe('auto');
    },
  );

  it('is not looked into where it goes to nobody', () => {
    const words = 'Save it as plan.txt.';
    expect(judge(words, { name: 'plan.txt', body: secret }, [boss], note).verdict).toBe('auto');
  });
});
