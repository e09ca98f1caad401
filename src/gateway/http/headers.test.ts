import { describe, expect, it } from 'vitest';
import { headersReader } from './headers.ts';

describe('headers that decide something', () => {
  it('are found in whatever letters they are written, again and again', () => {
    const read = headersReader([{ headerPrefixes: ['mcp-'] }]);
    const rawHeaders = ['HOST', 'a', 'Mcp-Name', 'n', 'X-Host', 'b', 'accept', '*/*'];
    for (let times = 0; times < 3; times += 1) {
      expect(read({ rawHeaders }).values).toEqual({
        host: 'a',
        'mcp-name': 'n',
        accept: '*/*',
      });
    }
    expect(read({ rawHeaders: ['Host', 'a', 'host', 'b'] }).duplicate).toBe('host');
    expect(read({ rawHeaders: ['Host', 'a', 'host', 'b'] }).duplicate).toBe('host');
  });

  it('are one list where they may stand twice', () => {
    const read = headersReader([]);
    const rawHeaders = ['Accept', 'application/json', 'accept', 'text/event-stream'];
    expect(read({ rawHeaders })).toEqual({
      values: { accept: 'application/json, text/event-stream' },
      duplicate: undefined,
    });
  });

  it('are found whatever names were made up before, however many and however long', () => {
    const read = headersReader([{ headerPrefixes: ['mcp-'] }]);
    for (let at = 0; at < 2_000; at += 1) {
      const long = `x-${'y'.repeat(at)}`;
      const rawHeaders = [`x-${at}`, '1', long, '1', `mcp-${at}`, 'own', 'Host', 'a'];
      expect(read({ rawHeaders })).toEqual({
        values: { [`mcp-${at}`]: 'own', host: 'a' },
        duplicate: undefined,
      });
    }
  });

  it('are told as they were written, whatever their name is of an object', () => {
    const read = headersReader([{ headerPrefixes: ['__'] }]);
    const { values } = read({ rawHeaders: ['__proto__', 'x', 'constructor', 'y'] });
    expect(Object.getPrototypeOf(values)).toBe(null);
    expect(Object.keys(values)).toEqual(['__proto__']);
  });
});
