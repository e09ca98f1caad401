import type { NewWords, SpokenWords } from '#contracts/spoken-words.ts';
import type { GatewayTasks } from '#contracts/task-book.ts';

/** What users said, in memory; `begun` is what every task began with. */
export function saidIn(begun: () => string | undefined): GatewayTasks {
  const said: NewWords[] = [];
  const first = (): SpokenWords[] => {
    const words = begun();
    return words === undefined
      ? []
      : [{ way: 'begin', words, by: 'ada@example.com', speaker: '', record: '' }];
  };
  return {
    words: async (_tenant, task) => [...first(), ...said.filter((one) => one.task === task)],
    async say(words) {
      const before = said.find(
        ({ statement }) => statement !== undefined && statement === words.statement,
      );
      if (before !== undefined) return before.task === words.task ? 'known' : 'used';
      said.push(words);
      return 'kept';
    },
  };
}
