import type { NewWords, SpokenWords } from '#contracts/spoken-words.ts';
import type { NewTask, TaskBook } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { PayloadSealer } from './payload-sealer.ts';

type Sealer = Pick<PayloadSealer, 'sealFor' | 'open'>;

/**
 * A book of tasks in which a user's words lie sealed, under the key that the body of the record is sealed under.
 * INVARIANT: what cannot be sealed is not kept; of an erased subject there are no words; what was sealed in one task
 * are no words of another, whoever moves the row.
 */
export function sealTaskWords(tasks: TaskBook, sealer: Sealer): TaskBook {
  return {
    ...tasks,
    async begin(what) {
      const sealed = what.tasks.map((task) => sealedTask(sealer, what.tenant, task));
      await tasks.begin({ ...what, tasks: await Promise.all(sealed) });
    },
    async words(tenant, task) {
      const all = await tasks.words(tenant, task);
      const opened = await Promise.all(all.map((one) => openedWords(sealer, tenant, task, one)));
      return opened.filter((one) => one !== undefined);
    },
    say: async (said) => tasks.say(await sealedWords(sealer, said)),
  };
}

async function sealedTask(sealer: Sealer, tenant: string, task: NewTask): Promise<NewTask> {
  const { begun } = task;
  if (begun?.words === undefined) return task;
  const body = Buffer.from(begun.words, 'utf8');
  const { bytes } = await sealer.sealFor(tenant, begun.by, body);
  return { ...task, begun: { ...begun, words: bytes.toString('base64') } };
}

async function sealedWords(sealer: Sealer, said: NewWords): Promise<NewWords> {
  const { tenant, task, words, by } = said;
  const { bytes } = await sealer.sealFor(tenant, by, canonicalBytes([task, words]));
  return { ...said, words: bytes.toString('base64') };
}

/** INVARIANT: what does not open is a fault, and no silence: it may have been a no. */
async function openedWords(
  sealer: Sealer,
  tenant: string,
  asked: string,
  said: SpokenWords,
): Promise<SpokenWords | undefined> {
  try {
    const bytes = await sealer.open(tenant, Buffer.from(said.words, 'base64'));
    if (said.way === 'begin') return { ...said, words: bytes.toString('utf8') };
    return { ...said, words: ofTask(bytes, said.task ?? asked) };
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'audit/erased') return undefined;
    throw fault;
  }
}

function ofTask(bytes: Buffer, task: string): string {
  const value = parseJson(bytes);
  const [of, words] = Array.isArray(value) ? value : [];
  if (of === task && typeof words === 'string') return words;
  throw new BailiwickError('store/conflict', { message: 'these words were said in another task' });
}
