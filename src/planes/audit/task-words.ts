import type { NewTask, TaskBook } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { PayloadSealer } from './payload-sealer.ts';

type Sealer = Pick<PayloadSealer, 'sealFor' | 'open'>;

/**
 * A book of tasks in which a user's words lie sealed, under the key that the body of the record is sealed under.
 * INVARIANT: what cannot be sealed is not kept; of an erased subject there are no words.
 */
export function sealTaskWords(tasks: TaskBook, sealer: Sealer): TaskBook {
  return {
    ...tasks,
    async begin(what) {
      const sealed = what.tasks.map((task) => sealedTask(sealer, what.tenant, task));
      await tasks.begin({ ...what, tasks: await Promise.all(sealed) });
    },
    async words(tenant, task) {
      const sealed = await tasks.words(tenant, task);
      return sealed === undefined ? undefined : openedWords(sealer, tenant, sealed);
    },
  };
}

async function sealedTask(sealer: Sealer, tenant: string, task: NewTask): Promise<NewTask> {
  const { begun } = task;
  if (begun?.words === undefined) return task;
  const body = Buffer.from(begun.words, 'utf8');
  const { bytes } = await sealer.sealFor(tenant, begun.by, body);
  return { ...task, begun: { ...begun, words: bytes.toString('base64') } };
}

async function openedWords(
  sealer: Sealer,
  tenant: string,
  sealed: string,
): Promise<string | undefined> {
  try {
    return (await sealer.open(tenant, Buffer.from(sealed, 'base64'))).toString('utf8');
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'audit/erased') return undefined;
    throw fault;
  }
}
