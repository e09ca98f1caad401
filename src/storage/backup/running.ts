import { join } from 'node:path';
import type { HeldCut } from './cut-line.ts';
import { type FileToPack, notesToPack } from './files.ts';

/** Cut each by its own means; a journal goes with nothing: all that it had is in the logs that are told. */
const rooms = ['store', 'log', 'journal'] as const;

/**
 * Of an instance that runs. INVARIANT: the store first, and the logs as of later: of what is allowed in the backup
 * nothing is without its record.
 */
export async function* filesOfRunning(options: {
  readonly data: string;
  readonly held: HeldCut;
  /** Each as of a signed checkpoint, with all that was durable when it is asked. */
  readonly logs: () => AsyncIterable<FileToPack>;
}): AsyncGenerator<FileToPack> {
  const { data, held, logs } = options;
  for (const { name, bytes } of held.files) yield { name, path: join(data, name), size: bytes };
  await held.read();
  yield* notesToPack(data, rooms);
  yield* logs();
}
