import { createServer, IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Request } from './request.ts';

/** What is found in `headers` of a request with these lines, made so. */
async function found(made: typeof IncomingMessage, lines: readonly string[]): Promise<unknown[]> {
  const server = createServer({ IncomingMessage: made, requireHostHeader: false });
  const told = new Promise<unknown[]>((resolve) => {
    const tell = ({ headers }: IncomingMessage, response: ServerResponse) => {
      resolve([headers.expect, headers['te'], headers['content-length'], headers]);
      response.end();
    };
    for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, tell);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(['GET / HTTP/1.1', 'host: a', ...lines, '', ''].join('\r\n'));
  const answer = await told;
  socket.destroy();
  server.close();
  return answer;
}

describe('what Node is told of the headers of a request', () => {
  it.each([
    [[]],
    [['Expect: 100-continue']],
    [['expect: 100-continue', 'x-expect: y', 'EXPECT: 200-ok']],
    [['TE: trailers', 'te: gzip', 'content-length: 0']],
    [['Content-Length: 0', 'expected: 1', 'tea: x', 'Te:']],
  ])('is what it would have found by itself, of what it asks for: %s', async (lines) => {
    const expected = await found(IncomingMessage, lines);
    const told = await found(Request, lines);
    expect(told.slice(0, 3)).toEqual(expected.slice(0, 3));
  });

  it('has nothing else in it: whoever decides by a header reads the raw list', async () => {
    const told = await found(Request, ['authorization: Bearer t', 'te: x']);
    expect(told[3]).toEqual({ te: 'x' });
  });
});
