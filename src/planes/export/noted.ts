import type { RecordDraft } from '#kernel/record.ts';

/** What the thread of the exporters asks to be put on record, and what it is told of that. */
export interface AskedNote {
  readonly id: number;
  readonly draft: RecordDraft;
}

export interface NotedAnswer {
  readonly id: number;
  /** Why it is not on record. */
  readonly fault?: string;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (fault: Error) => void;
}

/** Notes on their way to the thread that owns the log. INVARIANT: resolved only by its word that it is there. */
export class NotesOnTheirWay {
  readonly #ask: (note: AskedNote) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(ask: (note: AskedNote) => void) {
    this.#ask = ask;
  }

  put(draft: RecordDraft): Promise<void> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#ask({ id, draft });
    });
  }

  hear({ id, fault }: NotedAnswer): void {
    const one = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (fault === undefined) one?.resolve();
    else one?.reject(new Error(`not on record: ${fault}`));
  }

  /** Nobody answers any more. */
  end(): void {
    for (const id of this.#waiting.keys()) this.hear({ id, fault: 'the program ends' });
  }
}

/** There, where the log is: writes it, and says what came of it. */
export async function answerNote(
  { id, draft }: AskedNote,
  record: (draft: RecordDraft) => Promise<unknown>,
): Promise<NotedAnswer> {
  try {
    await record(draft);
    return { id };
  } catch (fault) {
    return { id, fault: fault instanceof Error ? fault.message : 'fault' };
  }
}
