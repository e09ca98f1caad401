import { BailiwickError } from '#kernel/errors.ts';
import { answerAsks, giveWay, tellFromThread } from './answer-thread.ts';

/** A thread for tests: it says back, waits for ever in turns, refuses, breaks, ends. */
giveWay();
tellFromThread('begun');
answerAsks({
  answers: {
    echo: async (about) => about,
    wait: async (_about, turn) => {
      for (;;) await turn();
    },
    refuse: () =>
      Promise.reject(new BailiwickError('audit/query-malformed', { details: { at: 3 } })),
    break: () => Promise.reject(new TypeError('broken')),
    end: async () => process.exit(0),
  },
  onStop: () => undefined,
});
