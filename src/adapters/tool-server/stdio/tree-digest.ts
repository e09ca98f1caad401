import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file, in hex; read in pieces. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * One digest of everything below a folder: names, kinds, whether it may be run, contents, and where links
 * lead. INVARIANT: two trees with the same digest run the same code; nothing in it is left out.
 */
export async function treeDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const line of linesOf(folder, '')) hash.update(`${JSON.stringify(line)}\n`);
  return hash.digest('hex');
}

async function* linesOf(root: string, below: string): AsyncGenerator<readonly string[]> {
  const names = (await readdir(join(root, below))).toSorted();
  for (const name of names) {
    const path = below === '' ? name : `${below}/${name}`;
    const whole = join(root, path);
    const found = await lstat(whole);
    if (found.isSymbolicLink()) yield [path, 'link', await readlink(whole)];
    else if (found.isDirectory()) {
      yield [path, 'folder'];
      yield* linesOf(root, path);
    } else if (found.isFile()) {
      const mayRun = (found.mode & 0o100) !== 0;
      yield [path, mayRun ? 'program' : 'file', await fileDigest(whole)];
    } else throw new Error('it holds something that is no file');
  }
}
