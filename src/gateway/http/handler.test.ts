import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { Principal } from '#kernel/principal.ts';
import { type HttpFront, refusedAsIs, startHttpFront } from '../../../test/fakes/http-front.ts';
import { requestTo } from './front-trial.suite.ts';
import type { HttpRequest, LiveLine, Protocol } from './protocol.ts';
import { placesOf } from './routes.ts';

/** A protocol of two addresses that only says what it was given. */
function echoing(name: string, ...paths: readonly string[]): Protocol {
  const answer = (outcome: Outcome) => {
    const no = outcome.kind === 'refused' ? outcome.refusal : undefined;
    const headers = [`${name}-says`, 'so'];
    return { status: no?.status ?? 200, body: Buffer.from(`"${name}"`), refusal: no, headers };
  };
  const read = ({ route }: HttpRequest) => ({
    method: route.method,
    revision: '',
    action: { kind: 'greet' } as const,
    answer,
  });
  return {
    name,
    routes: paths.map((path) => ({ method: path.endsWith('s') ? 'GET' : 'POST', path })),
    headerPrefixes: [`${name}-`],
    answer,
    read,
  };
}

const one = () => echoing('one', '/one/call', '/one/models');
const two = () => echoing('two', '/two/call');

let front: HttpFront;
beforeEach(async () => {
  front = await startHttpFront([one(), two()]);
  front.run = (call: Call) =>
    Promise.resolve(
      call.action.kind === 'refused' ? refusedAsIs(call) : { kind: 'greeted', recordId: 'r' },
    );
});
afterEach(() => front.close());

const get = (path: string, ...headers: readonly string[]) =>
  requestTo(front, path, '', ['content-length: 0', ...headers])
    .replace('POST', 'GET')
    .replace('content-length: 0\r\n', '');

describe('addresses of one listener', () => {
  it('belong to the front that names them', async () => {
    expect(await front.raw(requestTo(front, '/one/call', '{}', []))).toMatch(/200 OK[^]*"one"/);
    expect(await front.raw(requestTo(front, '/two/call', '{}', []))).toMatch(/200 OK[^]*"two"/);
    expect(await front.raw(get('/one/models'))).toMatch(/200 OK[^]*"one"/);
    expect(front.calls.map((call) => `${call.front} ${call.method}`)).toEqual([
      'one POST',
      'two POST',
      'one GET',
    ]);
  });

  it('are answered with headers of their front, beside those of every answer', async () => {
    const answer = await front.raw(requestTo(front, '/two/call', '{}', []));
    expect(answer).toMatch(/two-says: so/);
    expect(answer).toMatch(/cache-control: no-store/i);
    expect(answer).not.toMatch(/one-says/);
  });

  it('that nobody serves are refused in no words of a front, with a record', async () => {
    const answer = await front.raw(requestTo(front, '/three', '{}', []));
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(answer).toMatch(
      /\r\n\r\n\{"code":"admit\/not-found","message":"[^"]+","suggestedAction"/,
    );
    expect(front.calls).toMatchObject([{ front: 'http', action: { kind: 'refused' } }]);
  });

  it('say in the words of their front what they do not allow', async () => {
    const answer = await front.raw(get('/two/call'));
    expect(answer).toMatch(/^HTTP\/1\.1 405[^]*allow: POST\r\n[^]*"two"/);
    const posted = await front.raw(requestTo(front, '/one/models', '{}', []));
    expect(posted).toMatch(/^HTTP\/1\.1 405[^]*allow: GET\r\n/);
    expect(front.calls[1]?.action).toMatchObject({ reason: { suggestedAction: 'use GET' } });
  });

  it('cannot be served by two fronts, and no front can pass for the gateway itself', () => {
    expect(() => placesOf([one(), echoing('three', '/one/call')])).toThrow('/one/call');
    expect(() => placesOf([one(), echoing('one', '/three')])).toThrow('one');
    expect(() => placesOf([echoing('internal', '/x')])).toThrow('internal');
    expect(() => placesOf([echoing('http', '/x')])).toThrow('http');
  });
});

describe('an answer', () => {
  it.each([0, 1, 16_384, 16_385, 200_000])('of %i bytes has each of them', async (length) => {
    // Every byte there is, of no text in particular.
    const body = Buffer.from(Array.from({ length }, (_, at) => at % 256));
    const answer = () => ({ status: 200, body, refusal: undefined });
    const saying: Protocol = {
      ...two(),
      read: (request) => ({ ...two().read(request), answer }),
    };
    const other = await startHttpFront([saying]);
    other.run = () => Promise.resolve({ kind: 'greeted', recordId: 'r' });
    const response = await fetch(`http://${other.host}/two/call`, {
      method: 'POST',
      headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.headers.get('content-length')).toBe(`${length}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    await other.close();
  });
});

describe('a request without a body', () => {
  it.each(['content-length: 0', 'accept: */*'])('is read with %s', async (header) => {
    expect(await front.raw(get('/one/models', header))).toMatch(/^HTTP\/1\.1 200/);
    expect(front.calls[0]?.receivedBytes).toBe(0);
  });

  it.each([
    ['a length', 'content-length: 2', '{}'],
    ['a coding', 'transfer-encoding: chunked', '0\r\n\r\n'],
    ['no credential', 'authorization: ', ''],
  ])('is refused with %s', async (what, header, body) => {
    const text = get('/one/models', header) + body;
    const isBody = what !== 'no credential';
    const answer = await front.raw(isBody ? text : text.replace(/authorization: .*\r\n/, ''));
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toMatch(/connection: close/i);
    expect(front.calls.map(({ action }) => action.kind)).toEqual(['refused']);
  });
});

describe('headers', () => {
  it('of any front decide something at every address: none may stand twice', async () => {
    const answer = await front.raw(requestTo(front, '/one/call', '{}', ['two-x: 1', 'two-x: 1']));
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(front.calls[0]?.action).toMatchObject({ reason: { code: 'admit/duplicate-header' } });
  });
});

describe('what a front is told of an outcome', () => {
  it('comes once, whatever the outcome, and also when there is none', async () => {
    const ended: (Outcome | undefined)[] = [];
    const listening: Protocol = {
      ...two(),
      read: (request) => ({ ...two().read(request), onEnded: (outcome) => ended.push(outcome) }),
    };
    const other = await startHttpFront([listening]);
    const outcomes: Outcome[] = [
      { kind: 'greeted', recordId: 'r' },
      { kind: 'result', recordId: 'r', result: emptyObject(), bytes: Buffer.from('{}') },
    ];
    for (const outcome of outcomes) {
      other.run = () => Promise.resolve(outcome);
      await other.raw(requestTo(other, '/two/call', '{}', []));
    }
    other.run = () => Promise.reject(new Error('no path'));
    expect(await other.raw(requestTo(other, '/two/call', '{}', []))).toMatch(/^HTTP\/1\.1 500/);
    expect(ended).toEqual([...outcomes, undefined]);
    await other.close();
  });

  it('is waited for together, of all that is asked beside it, and no longer (alsoAskedMs)', async () => {
    const ended: string[] = [];
    const asked = ['a', 'b'].map((name) => ({
      method: name,
      action: { kind: 'notice' } as const,
      onEnded: ({ kind }: Outcome) => void ended.push(`${name} ${kind}`),
    }));
    const no = refusal('tools/upstream-timeout');
    const refused: Outcome = { kind: 'refused', recordId: 'r', refusal: no, effect: 'none' };
    const live = (line: LiveLine) => line.end(Buffer.from('the end'));
    const other = await startHttpFront(
      [{ ...two(), read: (request) => ({ ...two().read(request), also: asked, live }) }],
      { alsoAskedMs: 20 },
    );
    other.run = (call) =>
      call.method === 'a'
        ? new Promise((resolve) => {
            call.signal.addEventListener('abort', () => resolve(refused));
          })
        : Promise.resolve({ kind: 'noticed', recordId: 'r', principal: {} as Principal });
    const answer = await other.raw(requestTo(other, '/two/call', '{}', []));
    expect(answer).toMatch(/^HTTP\/1\.1 200[^]*the end/);
    expect(ended).toEqual(['a refused']);
    await other.close();
  });
});
