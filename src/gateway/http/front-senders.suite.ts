import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HttpFront, startHttpFront } from '../../../test/fakes/http-front.ts';
import { everything, requestTo, type Trial } from './front-trial.suite.ts';

export function provesSenders(trial: Trial): void {
  describe('senders', () => {
    it.each([0, 1, 20])('that are cut %i bytes before the end are no call', async (missing) => {
      const text = trial.request(trial.body);
      const socket = await trial.front.open();
      const ended = new Promise<void>((resolve) => {
        trial.front.run = (call) => {
          resolve();
          return Promise.resolve(trial.told(call));
        };
      });
      socket.end(text.slice(0, text.length - missing - 1));
      const answered = everything(socket)
        .until(/HTTP\/1\.1/)
        .then(() => undefined);
      await Promise.race([ended, answered]);
      expect(trial.kinds().every((kind) => kind === 'refused')).toBe(true);
    });

    it.each([
      ['inside the body', (text: string) => text.slice(0, -1)],
      ['inside the head', (text: string) => text.slice(0, 40)],
      ['before the body', (text: string) => text.slice(0, text.indexOf('\r\n\r\n') + 4)],
    ])('that stop %s are told so, and cut', async (_, cut) => {
      const front = await startHttpFront([trial.create()], { receive: shortly });
      front.run = (call) => Promise.resolve(trial.told(call));
      const answer = await slowly(front, cut(requestTo(front, trial.path, trial.body, [])));
      await front.close();
      expect(answer).toMatch(/^HTTP\/1\.1 408/);
      expect(answer).toContain('admit/too-slow');
      expect(front.calls.every(({ action }) => action.kind === 'refused')).toBe(true);
      expect(front.bad.map(({ code }) => code)).toEqual(['admit/too-slow']);
    });

    it('that go on with bytes that are no request are cut, and no answer is told for another', async () => {
      const socket = await trial.front.open();
      const whole = everything(socket).until(/^never$/);
      trial.front.run = (call) =>
        new Promise((done) => {
          call.signal.addEventListener('abort', () => done(trial.told(call)));
          socket.write('\u0000\u0001\r\n\r\n');
        });
      socket.write(trial.request(trial.body));
      expect(await whole).toBe('');
      expect(trial.front.bad.map(({ code }) => code)).toEqual(['admit/malformed']);
      expect(trial.front.calls.map(({ signal }) => signal.aborted)).toEqual([true]);
    });

    it('of a request with any bytes changed get an answer or none, and never a fault', async () => {
      const good = Buffer.from(trial.request(trial.body));
      const change = fc.record({
        at: fc.nat(good.length - 1),
        by: fc.uint8Array({ maxLength: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(change, fc.boolean(), async ({ at, by }, replaces) => {
          const rest = good.subarray(replaces ? at + by.length : at);
          const socket = await trial.front.open();
          socket.on('error', () => undefined);
          const whole = everything(socket).until(/^never$/);
          // Its end as well, so that whatever now announces more than there is ends here.
          socket.end(Buffer.concat([good.subarray(0, at), by, rest]));
          expect(await whole).toMatch(/^(HTTP\/1\.1 ([24]\d\d|100) |$)/);
        }),
        { numRuns: 200, seed: 28 },
      );
      const faults = trial.front.calls.filter(
        ({ action }) => action.kind === 'refused' && action.reason.code === 'gateway/internal',
      );
      expect(faults).toEqual([]);
      expect(await trial.front.raw(trial.request(trial.body))).toMatch(/^HTTP\/1\.1 200/);
    });

    it('that leave end their call', async () => {
      const left = new Promise<void>((resolve) => {
        trial.front.run = (call) =>
          new Promise((done) => {
            call.signal.addEventListener('abort', () => {
              resolve();
              done(trial.told(call));
            });
            socket.destroy();
          });
      });
      const socket = await trial.front.open();
      socket.write(trial.request(trial.body));
      await left;
      expect(trial.front.calls[0]?.signal.aborted).toBe(true);
    });
  });
}

/** So that a test of a sender that stops does not wait for as long as an agent may. */
const shortly = {
  headersTimeout: 200,
  requestTimeout: 300,
  connectionsCheckingInterval: 50,
} as const;

/** What is answered to bytes that stop, to the end of the connection. */
async function slowly(front: HttpFront, text: string): Promise<string> {
  const socket = await front.open();
  const whole = everything(socket).until(/^never$/);
  socket.write(text);
  return whole;
}
