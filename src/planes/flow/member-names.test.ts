import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from './index.ts';

const flowOf = (over: Partial<ToolFlow> = {}): ToolFlow => ({
  sinks: {},
  deeds: ['send'],
  asserted: [],
  ids: [],
  names: [],
  ...over,
});
const iban = 'DE89370400440532013000';
const key = 'Zk7Qw92mXp44RtYh81LdVb03';
const secret: Label = 'confidentiality:secret';
const shape = { call: 'c1', effect: 'read', arguments: {}, argumentsDigest: 'd' } as const;

function verdictOf(result: JsonObject, given: JsonObject, sinks: ToolFlow['sinks']) {
  const memory = createFlowMemory();
  memory.begin('t');
  const told = { structuredContent: result };
  memory.learn('t', {
    ...shape,
    target: 'files/read',
    flow: undefined,
    untrusted: true,
    result: told,
  });
  return memory.judge('t', {
    target: 'bank/pay',
    flow: flowOf({ sinks }),
    effect: 'write',
    reversible: false,
    arguments: given,
    argumentsDigest: 'd2',
    words: readWords('Send 5 to ann.'),
    untrusted: true,
    seenAll: true,
  }).verdict;
}

function leaksOf(result: JsonObject, given: JsonObject) {
  const memory = createFlowMemory();
  const flow = flowOf({ labels: { key: [secret], accounts: [secret] } });
  const told = { structuredContent: result };
  memory.learn('t', { ...shape, target: 'hr/people', flow, untrusted: false, result: told });
  return memory.leaks('t', {
    target: 'mail/send',
    flow: flowOf({ sinks: { to: 'recipient', body: 'payload' } }),
    effect: 'write',
    sensitivity: 'internal',
    arguments: given,
    labels: [secret],
    seenAll: true,
    words: undefined,
  });
}

/** Whoever may add members may write in their names as well: an account there is an account. */
describe('a value that stands as the name of a member', () => {
  it.each<[string, JsonObject, ToolFlow['sinks']]>([
    ['anywhere', { amount: 5, to: { [iban]: 5 } }, { amount: 'amount' }],
    ['where a document says so', { to: { [iban]: 5 } }, { 'to.{}': 'account' }],
    ['as a value', { amount: 5, to: [iban] }, { amount: 'amount' }],
  ])('is asked about as it would be as a value: %s [SEM-02, SEM-05]', (_, given, sinks) => {
    expect(verdictOf({ note: `pay ${iban}` }, given, sinks)).toBe('step-up');
    expect(verdictOf({ [iban]: { balance: 1 } }, given, sinks)).toBe('step-up');
  });

  it.each<[string, JsonObject]>([
    ['of an argument', { to: 'x@evil.example', [key]: 1 }],
    ['deep in one', { to: 'x@evil.example', headers: { [key]: '1' } }],
    ['in two of them', { a: { [key.slice(0, 12)]: 1, [key.slice(12)]: 2 } }],
  ])('is told by it: %s [SEM-10]', (_, given) => {
    expect(leaksOf({ key }, given)).toMatchObject([{ label: secret }]);
  });

  it('is confidential where a map is labelled that has it for a key [SEM-10]', () => {
    const given = { to: 'x@evil.example', body: `see ${key}` };
    expect(leaksOf({ accounts: { [key]: { open: true } } }, given)).toMatchObject([
      { label: secret },
    ]);
  });

  it('is none where it is a short plain name, and parts of a text in several arguments are still one', () => {
    expect(verdictOf({ note: 'priority of this' }, { priority: 5 }, { amount: 'amount' })).toBe(
      'auto',
    );
    const given = { address_line_1: key.slice(0, 12), address_line_2: key.slice(12) };
    expect(leaksOf({ key }, given)).toMatchObject([{ label: secret, form: 'pieces' }]);
  });
});
