import { parseNote } from './note.ts';

/**
 * What an archive keeps beside tiles, bundles and bodies. There nothing is written over, so each signed head has a
 * name of its own; the newest is the one that speaks for the archive. The digits make the order of names that of sizes.
 */
export const headFolders = { signed: 'checkpoints', witnessed: 'witnessed-heads' } as const;

export function archivedHead(kind: keyof typeof headFolders, size: number): string {
  return `${headFolders[kind]}/${String(size).padStart(16, '0')}`;
}

/** Of the name of a head, with or without what stands before it. */
export function archivedSize(path: string): number | undefined {
  const digits = /(?:^|\/)(\d{16})$/u.exec(path)?.[1];
  const size = Number(digits);
  return digits !== undefined && Number.isSafeInteger(size) ? size : undefined;
}

/** Beside `vkey`, where a log is signed twice. */
export const secondVkeyFile = 'vkey-ml-dsa-44';

/** Whoever cosigned it and when: what the log itself signed. */
export function ownSignatureOnly(note: Uint8Array, origin: string): Uint8Array {
  const { text } = parseNote(note);
  const whole = Buffer.from(note).toString('utf8');
  const lines = whole.slice(text.length + 1, -1).split('\n');
  const own = lines.filter((line) => line.startsWith(`\u2014 ${origin} `));
  return Buffer.from(`${text}\n${own.join('\n')}\n`, 'utf8');
}
