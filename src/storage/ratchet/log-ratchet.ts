import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openRatchetFile, type RatchetFile } from './file.ts';

const head = z.strictObject({
  origin: z.string().min(1),
  size: z.number().int().min(0),
  /** Hex. */
  root: z.string().regex(/^[0-9a-f]{64}$/),
});

const broken = z.strictObject({
  id: z.string().min(1),
  at: z.number().int(),
  why: z.string().min(1),
  /** The last heads of the logs that are not gone on with. */
  before: z.array(head),
});

const content = z.strictObject({
  schema: z.literal(1),
  writer: z.string().min(1),
  /** The folder and last part of the origin that this writer signs under now. */
  name: z.string().min(1),
  /** False until the beginning of the present logs is on record. */
  opened: z.boolean(),
  logs: z.array(head),
  /** Why the present logs succeed others. */
  broken: broken.optional(),
});

export type SignedHead = z.infer<typeof head>;
export type LogBreak = z.infer<typeof broken>;
export type LogRatchetContent = z.infer<typeof content>;

const suffix = '.ratchet';

export function openLogRatchetFile(folder: string, writer: string): RatchetFile<LogRatchetContent> {
  return openRatchetFile(join(folder, `${writer}${suffix}`), content);
}

/** What one writer's logs have signed; one owner at a time. */
export class LogRatchet {
  readonly #file: RatchetFile<LogRatchetContent>;
  #content: LogRatchetContent;

  private constructor(file: RatchetFile<LogRatchetContent>, present: LogRatchetContent) {
    this.#file = file;
    this.#content = present;
  }

  /** Undefined while there is none: it is begun before the first log is opened. */
  static open(folder: string, writer: string): LogRatchet | undefined {
    const file = openLogRatchetFile(folder, writer);
    const present = file.read();
    return present === undefined ? undefined : new LogRatchet(file, present);
  }

  last(origin: string): SignedHead | undefined {
    return this.#content.logs.find((one) => one.origin === origin);
  }

  /** Durable when it returns; only then may a checkpoint over this head be published. */
  advance(next: SignedHead): void {
    const logs = this.#content.logs.filter(({ origin }) => origin !== next.origin);
    this.#write({ ...this.#content, logs: [...logs, next] });
  }

  opened(): void {
    if (!this.#content.opened) this.#write({ ...this.#content, opened: true });
  }

  #write(next: LogRatchetContent): void {
    this.#file.write(next);
    this.#content = next;
  }
}

export interface WriterBreak extends LogBreak {
  readonly writer: string;
}

/** Of every writer that signs with these keys: whose logs had to begin anew. */
export function readLogBreaks(folder: string): WriterBreak[] {
  return writersIn(folder).flatMap((writer) => {
    const present = openLogRatchetFile(folder, writer).read()?.broken;
    return present === undefined ? [] : [{ ...present, writer }];
  });
}

/** Others have files in this folder too: what the store handed out, what was erased, what is held, who may what, what has ended, and what was given beforehand. */
const noWriters: readonly string[] = [
  'store',
  'tombstones',
  'held',
  'rights',
  'stops',
  'sign-ins',
  'overrides',
];

function writersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length))
      .filter((name) => !noWriters.includes(name))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
