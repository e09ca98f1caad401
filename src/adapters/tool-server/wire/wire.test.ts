import { assert, constantFrom, json, nat, property, string, uint8Array, array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invocation, request } from '#contracts/tool-server.suite.ts';
import { parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { createLines } from '../stdio/lines.ts';
import { readMessage } from './message.ts';
import { judgedBytes } from './request.ts';

describe('the messages of a tool server', () => {
  it('are read or broken, never a fault', () => {
    assert(
      property(uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readMessage(bytes, 1_000).kind).toBe('broken');
      }),
    );
    const field = constantFrom('id', 'result', 'error', 'method', 'params', 'x');
    assert(
      property(array(field), json(), (names, value) => {
        const fields = [...new Set(names)].map((name) => `,"${name}":${value}`).join('');
        const { kind } = readMessage(Buffer.from(`{"jsonrpc":"2.0"${fields}}`), 10_000);
        expect(['result', 'error', 'request', 'notification', 'broken']).toContain(kind);
      }),
    );
  });

  it('carry the judged bytes between a head and a tail that hold nothing else', () => {
    assert(
      property(string(), nat(), constantFrom('modern', 'legacy'), (tool, id, era) => {
        const argumentBytes = Buffer.from('{"a":[1e+30,"\u2028"]}');
        const call = invocation(tool.toWellFormed(), {}, { argumentBytes });
        const bytes = judgedBytes({ ...call, id, era });
        expect(bytes.includes(argumentBytes)).toBe(true);
        expect(bytes.includes(10)).toBe(false);
        expect(parseJson(bytes)).toMatchObject({
          id,
          method: 'tools/call',
          params: { name: tool.toWellFormed(), arguments: { a: [1e30, '\u2028'] } },
        });
      }),
    );
  });
});

describe('a request of whatever method', () => {
  it('carries its parameters and, in the modern era or with a trace, one `_meta`', () => {
    const uri = 'file:///docs/handbook.md';
    const read = request('resources/read', uri, { uri });
    expect(judgedBytes({ ...read, id: 1, era: 'legacy' }).toString()).toBe(
      `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"${uri}"}}`,
    );
    expect(parseJson(judgedBytes({ ...read, id: 1, era: 'modern' }))).toMatchObject({
      params: { uri, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } },
    });
    const list = request('resources/list', undefined, {}, { trace: 'traced' });
    expect(judgedBytes({ ...list, id: 2, era: 'legacy' }).toString()).toBe(
      '{"jsonrpc":"2.0","id":2,"method":"resources/list","params":{"_meta":{"traceparent":"traced"}}}',
    );
    expect(parseJson(judgedBytes({ ...list, id: 3, era: 'modern' }))).toMatchObject({
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          traceparent: 'traced',
        },
      },
    });
    expect(judgedBytes({ ...list, id: 2, era: 'legacy', trace: undefined }).toString()).toBe(
      '{"jsonrpc":"2.0","id":2,"method":"resources/list","params":{}}',
    );
  });
});

describe('lines', () => {
  it('are the same however the bytes are cut, and have a cap', () => {
    const text = 'one\n\ntwo\r\nthree';
    assert(
      property(array(nat(6)), (cuts) => {
        const lines: string[] = [];
        const parser = createLines(100, (line) => lines.push(line.toString()));
        let rest = Buffer.from(text);
        for (const cut of cuts) {
          expect(parser.push(rest.subarray(0, cut))).toBe(true);
          rest = rest.subarray(cut);
        }
        expect(parser.push(rest)).toBe(true);
        expect(lines).toEqual(['one', '', 'two\r']);
      }),
    );
    const most = createLines(limits.upstreamMessageBytes, () => undefined);
    const longest = Buffer.alloc(limits.upstreamMessageBytes, 120);
    expect(most.push(longest)).toBe(true);
    expect(most.push(Buffer.from('\nx'))).toBe(true);
    expect(most.push(longest)).toBe(false);
    const small = createLines(3, () => undefined);
    expect(small.push(Buffer.from('abc\nab'))).toBe(true);
    expect(small.push(Buffer.from('cd'))).toBe(false);
  });
});
