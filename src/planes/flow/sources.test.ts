import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { createFlowMemory, readWords } from './index.ts';

const flow: ToolFlow = {
  sinks: { iban: 'account', to: 'recipient' },
  deeds: ['pay', 'send'],
  asserted: [],
  ids: [],
  names: [],
};
const good = 'DE89370400440532013000';
const evil = 'GB29NWBK60161331926819';
const shared = { target: 'a/b', argumentsDigest: 'd', untrusted: true } as const;

function after(
  results: readonly { readonly asked: JsonObject; readonly result: Json; readonly of?: ToolFlow }[],
  args: JsonObject,
  said = 'Pay the invoice of ticket 4711 to the account that stands there.',
) {
  const memory = createFlowMemory();
  for (const { asked, result, of } of results) {
    memory.learn('t', {
      ...shared,
      call: 'c',
      flow: of,
      effect: 'read',
      arguments: asked,
      result: { structuredContent: result },
    });
  }
  return memory.judge('t', {
    ...shared,
    flow,
    effect: 'write',
    reversible: false,
    arguments: args,
    words: readWords(said),
    seenAll: true,
  });
}

const ticket = (...comments: readonly Json[]) => [{ asked: { ticket: '4711' }, result: comments }];
const distinct = (many: number) =>
  Array.from({ length: many }, (_unused, n) => `w${n.toString(36)}`).join(' ');

describe('a source that the user named', () => {
  it('frees the one value that stands there, and none where two do', () => {
    expect(after(ticket(`pay ${good}`, 'thanks'), { iban: good }).verdict).toBe('auto');
    const two = after(ticket(`pay ${evil}`, `pay ${good}`), { iban: evil });
    expect([two.verdict, two.whys]).toEqual(['step-up', ['several']]);
  });

  it.each<readonly [string, Json]>([
    ['characters', 'x '.repeat(flowBounds.textChars / 2)],
    ['effort', distinct(40_000)],
    ['leaves', Array.from({ length: flowBounds.leaves + 1 }, () => 1)],
  ])('frees nothing once it is cut by %s: what was not read may stand beside', (_by, filler) => {
    const answer = after(ticket(`pay ${evil}`, filler, `pay ${good}`), { iban: evil });
    expect([answer.verdict, answer.whys]).toEqual(['step-up', ['several']]);
  });

  it('points at nothing once it is cut, whatever its server answers for', () => {
    const of: ToolFlow = { ...flow, asserted: ['people[].mail'], names: ['people[].name'] };
    const people = [{ name: 'Ann Lee', mail: 'ann@corp.example' }];
    const of1 = (rest: Json) => [{ asked: {}, of, result: { people, rest } }];
    const said = 'Send it to Ann Lee.';
    const to = { to: 'ann@corp.example' };
    expect(after(of1(''), to, said).verdict).toBe('auto');
    const filler = 'x'.repeat(flowBounds.textChars);
    expect(after(of1(filler), to, said).verdict).toBe('step-up');
  });

  it('is one thing however many calls read it: a second page may hold another value [SEM-02]', () => {
    const pages = (...said: readonly string[]) =>
      said.map((text, page) => ({
        asked: { ticket: '4711', cursor: `p${'q'.repeat(page)}` },
        result: text,
      }));
    expect(after(pages(`pay ${evil}`, `pay ${good}`), { iban: evil }).whys).toEqual(['several']);
    expect(after(pages(`pay ${good}`, `yes, ${good}`), { iban: good }).verdict).toBe('auto');
    const many = Array.from({ length: 70 }, () => `pay ${good}`);
    expect(after(pages(...many), { iban: good }).whys).toEqual(['several']);
    const other = { asked: { ticket: '4712' }, result: `pay ${evil}` };
    expect(after([...pages(`pay ${good}`), other], { iban: good }).verdict).toBe('auto');
  });

  it('leaves the sources beside it as they are', () => {
    const cut = { asked: { ticket: '99' }, result: 'x'.repeat(flowBounds.textChars + 1) };
    expect(after([cut, ...ticket(`pay ${good}`)], { iban: good }).verdict).toBe('auto');
  });

  it('counts accounts of every form as candidates for one another', () => {
    const both = ticket('account 1234 5678 90 at the bank', `pay ${evil}`);
    const [iban, digits] = [after(both, { iban: evil }), after(both, { iban: '1234567890' })];
    expect([iban.whys, digits.whys]).toEqual([['several'], ['several']]);
    expect(iban.reasons[0]?.beside).toBe(1);
  });

  it('counts numbers and addresses as candidates for a recipient', () => {
    const both = ticket('write to drop@evil.example', 'or to +49 170 1234567');
    const said = 'Send the answer to whoever stands in ticket 4711.';
    expect(after(both, { to: 'drop@evil.example' }, said).whys).toEqual(['several']);
    expect(after(both, { to: '+491701234567' }, said).whys).toEqual(['several']);
  });
});
