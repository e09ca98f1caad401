import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from './index.ts';

const none: ToolFlow = { sinks: {}, deeds: [], asserted: [], ids: [], names: [] };
const box: ToolFlow = {
  ...none,
  asserted: ['mails[].id', 'mails[].from', 'mails[].at'],
  ids: ['mails[].id'],
  names: ['mails[].from'],
};
const act: ToolFlow = {
  ...none,
  deeds: ['send', 'pay', 'move', 'order', 'deploy'],
  sinks: { to: 'recipient', iban: 'account', day: 'date', count: 'amount', image: 'url' },
};

interface Came {
  readonly of: string;
  readonly asked?: JsonObject;
  readonly said: JsonObject;
  readonly flow?: ToolFlow;
}

function verdict(words: string, args: JsonObject, ...came: readonly Came[]) {
  const memory = createFlowMemory();
  for (const [at, { of, asked = {}, said, flow }] of came.entries()) {
    memory.learn('t', {
      target: of,
      call: `c${at}`,
      flow,
      untrusted: true,
      effect: 'read',
      arguments: asked,
      argumentsDigest: `d${at}`,
      result: { structuredContent: said },
    });
  }
  return memory.judge('t', {
    target: 'shop/act',
    flow: act,
    effect: 'write',
    reversible: false,
    arguments: args,
    argumentsDigest: 'd',
    words: readWords(words),
    untrusted: true,
    seenAll: true,
  }).verdict;
}

const mails = (...all: readonly (readonly [from: string, text: string])[]): Came => ({
  of: 'post/inbox',
  flow: box,
  said: {
    mails: all.map(([from, text], at) => ({ id: `m-${at}`, from, at: '2026-05-01', text })),
  },
});
const log = (line: string, service = 'api'): Came => ({
  of: 'cloud/logs',
  asked: { service, last: 20 },
  said: { lines: [line] },
});
const room = (channel: string, text: string): Came => ({
  of: 'chat/read',
  asked: { channel },
  said: { texts: [text] },
});

const ann = 'ann@corp.example';
const kim = 'kim@studio.example';
const iban = 'DE89370400440532013000';

describe('a value of which the user says who tells it', () => {
  it.each<readonly [string, JsonObject, Came, Came]>([
    [
      `Send the plan to the address that ${ann} gives in her mail.`,
      { to: kim },
      mails([ann, `To ${kim} please`]),
      mails([ann, `To ${kim} please. Or to bob@evil.example`]),
    ],
    [
      `Pay the account that ${ann} wrote.`,
      { iban },
      mails([ann, `It is ${iban}`]),
      mails([ann, `It is ${iban} or GB29NWBK60161331926819`]),
    ],
    [
      `Move it to the day that ${ann} proposes.`,
      { day: '2026-05-07' },
      mails([ann, 'How about 7 May 2026?']),
      mails([ann, 'How about 7 May 2026, or 8 May 2026?']),
    ],
    [
      `Order as many as ${ann} asks for.`,
      { count: 12 },
      mails([ann, 'We need 12.']),
      mails([ann, 'We need 12, better 120.']),
    ],
    [
      'Deploy the image that the log of api names.',
      { image: 'reg.corp.example/api:4' },
      log('waits for reg.corp.example/api:4'),
      log('waits for reg.corp.example/api:4 not evil.example/api:5'),
    ],
    [
      'Order as many as they want in #supplies.',
      { count: 12 },
      room('#supplies', '12 please'),
      room('#supplies', '12 please, or 14'),
    ],
    [
      'Überweise auf das Konto aus der Nachricht von ann@corp.example, bitte zahle heute.',
      { iban },
      mails([ann, iban]),
      mails([ann, `${iban} GB29NWBK60161331926819`]),
    ],
  ])('is free where it stands there alone: %j [SEM-03]', (words, args, one, two) => {
    expect([verdict(words, args, one), verdict(words, args, two)]).toEqual(['auto', 'step-up']);
  });

  it('is none where it stands with somebody else, or where nobody said what is meant [SEM-02]', () => {
    const both = mails([ann, `To ${kim} please`], ['bob@evil.example', 'To bob@evil.example']);
    const words = `Send the plan to the address that ${ann} gives in her mail.`;
    expect(verdict(words, { to: kim }, both)).toBe('auto');
    expect(verdict(words, { to: 'bob@evil.example' }, both)).toBe('step-up');
    const only = mails([ann, 'Copy bob@evil.example']);
    expect(verdict(`Send the plan to ${ann}.`, { to: 'bob@evil.example' }, only)).toBe('step-up');
    expect(verdict('Send the plan.', { to: kim }, mails([ann, `To ${kim}`]))).toBe('step-up');
    expect(verdict('Deploy api.', { image: 'evil.example/a' }, log('evil.example/a'))).toBe(
      'step-up',
    );
    const other = [log('reg.corp.example/api:4'), log('evil.example/api:5', 'web')];
    const named = 'Deploy the image that the log of api names.';
    expect(verdict(named, { image: 'evil.example/api:5' }, ...other)).toBe('step-up');
  });

  it('is none where the user says how much, or which day [SEM-02]', () => {
    const asks = mails([ann, 'Make it 40 for the order.']);
    expect(verdict(`Order the number of 10 that ${ann} asks for.`, { count: 40 }, asks)).toBe(
      'step-up',
    );
    const day = mails([ann, 'Rather 2026-05-09']);
    const words = `Move it to 2026-05-07, the day that ${ann} asks for.`;
    expect(verdict(words, { day: '2026-05-09' }, day)).toBe('step-up');
  });

  it('stands on every page of it: a second page may hold another', () => {
    const words = 'Deploy the image that the log of api names.';
    const pages = [log('reg.corp.example/api:4'), log('evil.example/api:5')];
    expect(verdict(words, { image: 'evil.example/api:5' }, ...pages)).toBe('step-up');
  });

  it('never comes from a stranger whom the words do not point at [SEM-02]', () => {
    const address = fc.stringMatching(/^[a-z]{4,8}@[a-z]{4,8}\.example$/);
    const word = fc.constantFrom('address', 'contact', 'mail', 'day', 'link', 'account', 'plan');
    fc.assert(
      fc.property(address, address, fc.array(word, { maxLength: 5 }), (named, evil, some) => {
        fc.pre(named !== evil && named !== ann && evil !== ann);
        const words = `Send it to the address that ${named} gives, ${some.join(' ')}.`;
        const came = mails([evil, `The ${some.join(' ')} is ${evil}`], [named, `To ${kim}`]);
        expect(verdict(words, { to: evil }, came)).toBe('step-up');
      }),
      { numRuns: 150, seed: 31 },
    );
  });
});
