import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { toolServerKind } from './index.ts';

function parse(flow: JsonObject, tool = 'send_mail') {
  const connect = { url: 'http://127.0.0.1:9000/mcp' };
  return toolServerKind.parse('mail', { connect, tools: { [tool]: { effect: 'write', flow } } });
}

function flowOf(flow: JsonObject, tool?: string) {
  const parsed = parse(flow, tool);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return Object.values(parsed.entry.tools)[0]?.flow;
}

function problemsOf(flow: JsonObject) {
  const parsed = parse(flow);
  return parsed.kind === 'problems' ? parsed.problems.map(({ path }) => path.join('.')) : [];
}

describe('what a document says of flow [SEM-02]', () => {
  it('stands in the Snapshot whole, with what it leaves out filled in', () => {
    const results = { asserted: ['mails[].id', 'from'], ids: ['mails[].id'], directory: true };
    expect(flowOf({ sinks: { to: 'recipient' }, results })).toEqual({
      sinks: { to: 'recipient' },
      deeds: ['send', 'mail'],
      asserted: ['mails[].id', 'from'],
      ids: ['mails[].id'],
      names: [],
      directory: true,
    });
    expect(flowOf({ speaks: true, deeds: ['Open'], sinks: { url: 'url' } })).toEqual({
      sinks: { url: 'url' },
      deeds: ['open'],
      speaks: true,
      asserted: [],
      ids: [],
      names: [],
    });
    expect(flowOf({}, 'createHTTPLink2')?.deeds).toEqual(['create', 'httplink']);
  });

  it('is absent where nothing is said', () => {
    const spec = { connect: { url: 'http://127.0.0.1:9000/mcp' }, tools: { a: {} } };
    const parsed = toolServerKind.parse('mail', spec);
    expect(parsed.kind === 'parsed' && parsed.entry.tools['a']).not.toHaveProperty('flow');
  });

  it('tells every problem at once, at its own place', () => {
    const flow = 'spec.tools.send_mail.flow';
    expect(
      problemsOf({
        sinks: { to: 'receiver', 'a b': 'url' },
        deeds: ['send it'],
        speeks: true,
        results: { asserted: ['a..b'], ids: ['id'] },
      }),
    ).toEqual([
      `${flow}.sinks.to`,
      `${flow}.sinks.a b`,
      `${flow}.deeds.0`,
      `${flow}.results.asserted.0`,
      `${flow}.results.ids.0`,
      `${flow}.speeks`,
    ]);
  });

  it('takes no id and no name of which a stranger could be the author', () => {
    const results = { asserted: ['id'], ids: ['id', 'other'], names: ['title'] };
    const flow = 'spec.tools.send_mail.flow.results';
    expect(problemsOf({ results })).toEqual([`${flow}.ids.1`, `${flow}.names.0`]);
  });

  it('takes no read that speaks without saying what of it does', () => {
    expect(problemsOf({ speaks: true })).toEqual(['spec.tools.send_mail.flow']);
  });
});
