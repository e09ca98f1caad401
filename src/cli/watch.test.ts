import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { watch } from './watch.ts';

/** Looks that answer in turn; a fault is thrown. */
async function watched(answers: readonly (string | Error)[], isScreen = false) {
  const written: string[] = [];
  const errors: string[] = [];
  let at = 0;
  const code = await watch(
    async (write) => {
      const answer = answers[at] ?? '';
      at += 1;
      if (answer instanceof Error) throw answer;
      write(answer);
      return answer === 'odd' ? 1 : 0;
    },
    {
      write: (text) => void written.push(text),
      writeError: (text) => void errors.push(text),
      isScreen,
      pause: async () => at < answers.length,
    },
  );
  return { code, written, errors };
}

const away = new BailiwickError('cli/not-running');

describe('a command that is watched [OBS-06]', () => {
  it('shows an answer once, and again when it is another', async () => {
    const { written, code } = await watched(['a', 'a', 'b', 'b', 'a', 'odd']);
    expect(written).toEqual(['a', 'b', 'a', 'odd']);
    expect(code).toBe(1);
  });

  it('shows it in place of the one before where there is a screen', async () => {
    const { written } = await watched(['a', 'b'], true);
    expect(written).toEqual(['\u001B[H\u001B[Ja', '\u001B[H\u001B[Jb']);
  });

  it('goes on when control is away for a while, and says so once', async () => {
    const { written, errors } = await watched(['a', away, away, 'a', away, 'b']);
    expect(written).toEqual(['a', 'b']);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain('looking again');
  });

  it('fails like any command when the first look fails', async () => {
    await expect(watched([away, 'a'])).rejects.toBe(away);
  });
});
