import { describe, expect, it } from 'vitest';
import { refusal } from '#kernel/errors.ts';
import { provesBodies } from './front-bodies.suite.ts';
import { provesHeads } from './front-heads.suite.ts';
import { provesSenders } from './front-senders.suite.ts';
import { startTrial, type FrontUnderTest } from './front-trial.suite.ts';

/** The bytes that every front is tried against, whatever it speaks: one line for each new one. */
export function provesFront(name: string, under: FrontUnderTest): void {
  describe(`a front before the path: ${name}`, () => {
    const trial = startTrial(under);

    it('serves what is well formed', () => trial.isServed(trial.request(under.body)));

    it('names itself in every call, and who asked is put there by no front', async () => {
      await trial.front.raw(trial.request(trial.body, 'dpop: proof'));
      expect(trial.front.calls[0]).toMatchObject({
        front: trial.create().name,
        tenant: 'main',
        presented: { authorization: 'Bearer t', dpop: 'proof', method: 'POST' },
        receivedBytes: Buffer.byteLength(trial.body),
      });
    });

    it('says when to come back to whoever is refused for a while', async () => {
      const busy = refusal('admit/overloaded', { retryAfter: 3 });
      trial.front.run = () =>
        Promise.resolve({ kind: 'refused', recordId: undefined, refusal: busy, effect: 'none' });
      const answer = await trial.front.raw(trial.request(trial.body));
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${trial.busyStatus ?? 503}`));
      expect(answer).toMatch(/retry-after: 3/i);
    });

    provesHeads(trial);
    provesBodies(trial);
    provesSenders(trial);
  });
}
