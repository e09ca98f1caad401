import { createFolderWatch, type Compiler, folderMark } from '#config/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { tell } from '../child.ts';

const lookMs = 1_000;
const longestMs = 10_000;
/** A large folder is looked at less often, so that looking never takes more than this share of a core. */
const share = 0.02;

/** Goes on applying what is written into the folder of documents. `loaded`: its mark at the start. */
export function followDocuments(
  compiler: Compiler,
  folder: string,
  loaded: string,
): { stop(): void } {
  let tookMs = 0;
  const mark = async (): Promise<string> => {
    const began = performance.now();
    const found = await folderMark(folder);
    tookMs = performance.now() - began;
    return found;
  };
  const watch = createFolderWatch({
    loaded,
    mark,
    apply: (isSame) => apply(compiler, folder, isSame),
  });
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const round = async (): Promise<void> => {
    if (await compiler.mayComeNow().catch(() => false)) watch.again();
    // The folder is away: the next look says so.
    await watch.look().catch(() => undefined);
    if (!isStopped) next(Math.min(longestMs, Math.max(lookMs, tookMs / share)));
  };
  const next = (ms: number): void => void (timer = setTimeout(() => void round(), ms));
  next(lookMs);
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function apply(
  compiler: Compiler,
  folder: string,
  isSame: () => Promise<boolean>,
): Promise<'tried' | 'again'> {
  try {
    const snapshot = await compiler.applyFolder(folder, isSame);
    if (snapshot === undefined) return 'again';
    say(`the documents changed: configuration ${snapshot.number} is in force`);
    return 'tried';
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.code !== 'config/invalid') {
      say(`the documents changed and could not be applied, trying again: ${String(fault)}`);
      return 'again';
    }
    say(
      `the documents changed and are refused, the last ones stay in force:\n    ${compiler.problems().join('\n    ')}`,
    );
    return 'tried';
  }
}

/** At a start that goes on all the same. */
export function sayUnapplied(problems: readonly string[]): void {
  if (problems.length === 0) return;
  say(`the documents are refused, the last ones stay in force:\n    ${problems.join('\n    ')}`);
}

function say(text: string): void {
  tell({ event: 'progress', text });
}
