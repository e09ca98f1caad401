import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, type JsonObject, parseJson } from '#kernel/json/index.ts';
import type { Promised } from './promised-retention.ts';

/** What came of the last look at one class of logs. */
export interface RetentionRun {
  readonly at: number;
  readonly pruned: number;
  /** Why what is over did not go, or what failed; empty when nothing did. */
  readonly kept: readonly string[];
}

/** Kept beside the logs of one tenant and class. */
export interface RetentionNotes {
  readonly promised: readonly Promised[];
  readonly run: RetentionRun | undefined;
  /** When a record last said what came of it. */
  readonly toldAt: number;
}

export interface NotesFile {
  read(tenant: string, retention: string): Uint8Array | undefined;
  /** Durable when it resolves. */
  write(tenant: string, retention: string, bytes: Uint8Array): Promise<void>;
}

const time = z.int().min(0);
const shape = z.strictObject({
  schema: z.literal(1),
  promised: z.array(z.strictObject({ from: time, until: time.optional(), minimumMs: time })),
  run: z.strictObject({ at: time, pruned: time, kept: z.array(z.string()) }).optional(),
  toldAt: time,
});

const nothingNoted: RetentionNotes = { promised: [], run: undefined, toldAt: 0 };

/** INVARIANT: notes that cannot be read are a fault: what was promised is not known then, and nothing goes. */
export function readNotes(file: NotesFile, tenant: string, retention: string): RetentionNotes {
  const bytes = file.read(tenant, retention);
  if (bytes === undefined) return nothingNoted;
  try {
    const { promised, run, toldAt } = shape.parse(parseJson(bytes));
    const told = promised.map(({ until, ...one }) =>
      until === undefined ? one : { ...one, until },
    );
    return { promised: told, run, toldAt };
  } catch (cause) {
    throw new BailiwickError('audit/inconsistent', {
      message: `what was promised of \`${tenant}/${retention}\` cannot be read`,
      cause,
    });
  }
}

export function writeNotes(
  file: NotesFile,
  { tenant, retention }: { readonly tenant: string; readonly retention: string },
  { promised, run, toldAt }: RetentionNotes,
): Promise<void> {
  const noted: JsonObject = {
    schema: 1,
    promised: promised.map((one) => ({ ...one })),
    ...(run === undefined ? {} : { run: { ...run, kept: [...run.kept] } }),
    toldAt,
  };
  return file.write(tenant, retention, canonicalBytes(noted));
}
