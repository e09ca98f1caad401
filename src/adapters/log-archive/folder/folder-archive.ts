import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type ArchivedObject, isArchiveName, type LogArchive } from '#contracts/log-archive.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** What is not whole yet; no name of an archive begins with a dot. */
const incoming = '.incoming';

/**
 * A folder, best of another disk or machine. A file has its name only once its bytes are on disk, by a link that
 * takes no name twice; it is read-only, and its access time is the day until which it is kept, which is how file
 * systems with write-once rules of their own are told. INVARIANT: on any other file system that holds against mistakes
 * and against this program, not against its owner or root.
 */
export function openFolderArchive(root: string): LogArchive {
  const known = new Set<string>();
  let cleared: Promise<void> | undefined;
  const at = (name: string): string => {
    if (isArchiveName(name)) return join(root, name);
    throw new BailiwickError('audit/archive-conflict', {
      message: `\`${name}\` is no name of an archive`,
    });
  };
  return {
    where: root,
    enforcedBy:
      'read-only files with their day as access time: binding on write-once file systems only, not against owner or root elsewhere',
    put: (object) =>
      reached(root, async () => {
        const path = at(object.name);
        await (cleared ??= clearIncoming(join(root, incoming)));
        return put({ root, known }, path, object);
      }),
    list: (prefix) => reached(root, () => list(root, prefix)),
    read: (name) => reached(root, () => readIfThere(at(name))),
    retainedUntil: (name) => reached(root, () => retainedUntil(at(name))),
    extend: (name, until) => reached(root, () => extend(at(name), until)),
    // A name of a file system has no second version.
    overlaid: async () => [],
  };
}

/** INVARIANT: the root itself is never made: a disk that is not mounted would be taken for an empty archive. */
async function reached<T>(root: string, act: () => Promise<T>): Promise<T> {
  try {
    if (!(await stat(root)).isDirectory()) throw new Error('it is no folder');
    return await act();
  } catch (cause) {
    if (cause instanceof BailiwickError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BailiwickError('audit/archive-unavailable', {
      message: `the archive \`${root}\` cannot be used: ${why}`,
      cause,
    });
  }
}

interface Place {
  readonly root: string;
  /** Folders whose names were flushed, in this life of the program. */
  readonly known: Set<string>;
}

async function put(
  place: Place,
  path: string,
  { name, bytes, retainUntil }: ArchivedObject,
): Promise<'stored' | 'already'> {
  const there = await readIfThere(path);
  if (there !== undefined) return already(path, { name, bytes, retainUntil }, there);
  const folder = join(place.root, incoming);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, randomUUID());
  try {
    await writeWhole(temporary, bytes);
    await keepUntil(temporary, retainUntil);
    await makeFolders(place, dirname(path));
    await link(temporary, path);
    await syncFolder(dirname(path));
    return 'stored';
  } catch (fault) {
    // Somebody else was first, between the look and the link.
    const winner = isCode(fault, 'EEXIST') ? await readIfThere(path) : undefined;
    if (winner === undefined) throw fault;
    return await already(path, { name, bytes, retainUntil }, winner);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function already(
  path: string,
  { name, bytes, retainUntil }: ArchivedObject,
  there: Uint8Array,
): Promise<'already'> {
  if (Buffer.compare(there, bytes) !== 0) {
    throw new BailiwickError('audit/archive-conflict', {
      message: `the archive has other bytes as \`${name}\`: ${there.length} instead of ${bytes.length}`,
    });
  }
  const kept = (await retainedUntil(path)) ?? 0;
  if (retainUntil !== undefined && retainUntil > kept) await keepUntil(path, retainUntil);
  return 'already';
}

async function extend(path: string, until: number): Promise<'extended' | 'already' | 'missing'> {
  try {
    if (!(await stat(path)).isFile()) return 'missing';
  } catch (fault) {
    if (isCode(fault, 'ENOENT') || isCode(fault, 'ENOTDIR')) return 'missing';
    throw fault;
  }
  if (((await retainedUntil(path)) ?? 0) >= until) return 'already';
  await keepUntil(path, until);
  return 'extended';
}

/** Longer than any put takes: what lies there longer was left by a program that was killed, and has no name. */
const leftAfterMs = 3_600_000;

/** Once in a life. Somebody else may be putting at this moment; what cannot be taken away stays. */
async function clearIncoming(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const made = await stat(path).catch(() => undefined);
    if (made === undefined || Date.now() - made.mtimeMs < leftAfterMs) continue;
    await rm(path, { force: true }).catch(() => undefined);
  }
}

async function keepUntil(path: string, until: number | undefined): Promise<void> {
  if (until !== undefined) await utimes(path, until / 1_000, Date.now() / 1_000);
  await chmod(path, 0o400);
}

/** A time of access that lies ahead was set; any other is what reading left. */
async function retainedUntil(path: string): Promise<number | undefined> {
  try {
    const { atimeMs } = await stat(path);
    return atimeMs > Date.now() ? Math.round(atimeMs) : undefined;
  } catch (fault) {
    if (isCode(fault, 'ENOENT') || isCode(fault, 'ENOTDIR')) return undefined;
    throw fault;
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a folder is flushed in the one above it: a run that was killed may have made it and not done so. */
async function makeFolders({ root, known }: Place, folder: string): Promise<void> {
  if (known.has(folder)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let one = folder; one !== root && !known.has(one); one = dirname(one)) {
    await syncFolder(dirname(one));
    known.add(one);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (fault) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].some((code) => isCode(fault, code))) return undefined;
    throw fault;
  }
}

/** Only the folder that the words name is walked: an archive is large. */
async function list(root: string, prefix: string): Promise<readonly string[]> {
  const above = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (above !== '' && !isArchiveName(above.slice(0, -1))) return [];
  const names = await namesBelow(root, join(root, above));
  return names.filter((name) => name.startsWith(prefix)).sort();
}

async function namesBelow(root: string, folder: string): Promise<string[]> {
  const names: string[] = [];
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (fault) {
    if (isCode(fault, 'ENOENT') || isCode(fault, 'ENOTDIR')) return names;
    throw fault;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name === incoming) continue;
    if (entry.isDirectory()) names.push(...(await namesBelow(root, path)));
    else names.push(relative(root, path));
  }
  return names;
}

function isCode(fault: unknown, code: string): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === code;
}
