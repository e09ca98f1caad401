import { visibleText } from '#kernel/text/index.ts';

/** One look: it writes, and says how it ended. */
export type Look = (write: (text: string) => void) => Promise<number>;

export interface Watched {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether somebody sees a screen, which shows one answer in place of the one before. */
  readonly isScreen: boolean;
  /** Waits for the next look; false when nobody wants another one. */
  readonly pause: () => Promise<boolean>;
}

const home = '\u001B[H\u001B[J';

/**
 * Looks again and again, and shows what is otherwise than before. The first look may fail as any command does; a
 * later one is told and tried again: whoever watches does not want to begin anew when control was away for a moment.
 */
export async function watch(look: Look, watched: Watched): Promise<number> {
  let shown: string | undefined;
  let troubled = '';
  let code = 0;
  do {
    let seen = '';
    try {
      code = await look((text) => (seen += text));
    } catch (fault) {
      if (shown === undefined) throw fault;
      const trouble = fault instanceof Error ? fault.message : 'unknown fault';
      if (trouble !== troubled) {
        watched.writeError(`${visibleText(trouble, { maxLength: 200 })}; looking again\n`);
      }
      troubled = trouble;
      continue;
    }
    troubled = '';
    if (seen === shown) continue;
    watched.write(watched.isScreen ? `${home}${seen}` : seen);
    shown = seen;
  } while (await watched.pause());
  return code;
}
