import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';

export interface DocumentFile {
  /** Relative to the folder, as problems name it. */
  readonly file: string;
  readonly text: string;
}

const deepest = 8;

/** Every YAML file below the folder, in a fixed order; links are not followed. */
export function readDocumentFolder(folder: string): DocumentFile[] {
  try {
    if (!statSync(folder).isDirectory()) throw new Error('not a folder');
    return readBelow(folder, '', 0);
  } catch (fault) {
    if (fault instanceof BailiwickError) throw fault;
    const why = fault instanceof Error ? fault.message : 'unknown fault';
    throw new BailiwickError('config/unreadable', { message: `cannot read \`${folder}\`: ${why}` });
  }
}

function readBelow(root: string, below: string, depth: number): DocumentFile[] {
  if (depth > deepest) return [];
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = join(below, entry.name);
      if (entry.isDirectory()) return readBelow(root, file, depth + 1);
      if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) return [];
      return [{ file, text: readText(root, file) }];
    });
}

function readText(root: string, file: string): string {
  const path = join(root, file);
  if (statSync(path).size > limits.documentBytes) {
    throw new BailiwickError('config/unreadable', { message: `\`${file}\` is too large` });
  }
  return readFileSync(path, 'utf8');
}
