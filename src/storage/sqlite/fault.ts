import { BailiwickError } from '#kernel/errors.ts';

const sqliteBusy = 5;
const sqliteCorrupt = new Set([11, 26]);
const sqliteFull = 13;
const sqliteConstraint = 19;

/** Each of SQLite's ways to fail that a person can do something about, in words. */
export function toKnown(fault: unknown): Error {
  if (!(fault instanceof Error) || !('errcode' in fault) || typeof fault.errcode !== 'number') {
    return fault instanceof Error ? fault : new BailiwickError('store/unavailable');
  }
  const code = fault.errcode & 0xff;
  if (code === sqliteBusy) return new BailiwickError('store/locked', { cause: fault });
  if (code === sqliteFull) return new BailiwickError('store/full', { cause: fault });
  if (code === sqliteConstraint) return new BailiwickError('store/conflict', { cause: fault });
  if (sqliteCorrupt.has(code)) return new BailiwickError('store/corrupt', { cause: fault });
  return new BailiwickError('store/unavailable', { message: fault.message, cause: fault });
}

/** The same fault, with the file that a person has to look at. */
export function inFile(fault: unknown, path: string): Error {
  const known = fault instanceof BailiwickError ? fault : toKnown(fault);
  if (!(known instanceof BailiwickError)) return known;
  return new BailiwickError(known.code, {
    message: `${known.message}: \`${path}\``,
    suggestedAction: known.suggestedAction,
    cause: fault,
  });
}
