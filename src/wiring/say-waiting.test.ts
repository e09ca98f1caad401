import { describe, expect, it } from 'vitest';
import { sayWaiting } from './say-waiting.ts';

describe('tools that wait for a human', () => {
  it('are said once with the command, when there are more, and when they are all there', async () => {
    const said: string[] = [];
    let waiting = 0;
    const look = sayWaiting({
      catalogue: {
        countsByServer: async () =>
          new Map([['files', { pinned: 0, waiting, quarantined: 0, rejected: 0, gone: 0 }]]),
      },
      tenant: 'main',
      say: (text) => void said.push(text),
    });
    const steps = [0, 0, 12, 27, 27, 27, 0, 0, 1, 1];
    for (const now of steps) {
      waiting = now;
      await look();
    }
    expect(said).toEqual([
      '27 tools wait for you: `bailiwick tool approve files --all` shows them and asks',
      '1 tool waits for you: `bailiwick tool approve files --all` shows them and asks',
    ]);
  });
});
