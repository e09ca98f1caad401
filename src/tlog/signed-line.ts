import { BailiwickError } from '#kernel/errors.ts';
import { haveOneOwner, parseNote, parseVkey, verifyNote, vkeyUnder } from './note.ts';

/**
 * The one line of facts in a note that names what it is of. INVARIANT: only where a key of the same owner signed it
 * under that very name: a head of a log is no such note, nor the other way round.
 */
export function signedLine(note: Uint8Array, name: string, vkeys: readonly string[]): string {
  const parsed = parseNote(note);
  const own = vkeys.filter((vkey) => haveOneOwner(name, parseVkey(vkey).name));
  const trusted = own.map((vkey) => parseVkey(vkeyUnder(name, vkey)));
  const [first, line, ...more] = parsed.text.split('\n');
  const isSigned = verifyNote(parsed, trusted).length > 0;
  if (isSigned && first === name && line !== undefined && more.join('') === '') return line;
  throw new BailiwickError('backup/damaged', {
    message: 'it is not signed by a key of this installation that was given',
  });
}
