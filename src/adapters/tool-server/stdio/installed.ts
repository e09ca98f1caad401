import { link, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { treeDigest } from './tree-digest.ts';

/** What an installation may take; whoever calls meanwhile waits no longer than they may. */
export const installMs = 110_000;

export interface InstallPlace {
  /** The folder of a server's packages. */
  readonly packages: string;
  /** What of it is called so. */
  readonly id: string;
  /** What it must be, where that is pinned beside what it is made of. */
  readonly tree: string | undefined;
}

/**
 * A package as it was installed first, which it must still be. `install` fills a fresh folder, or says why not.
 * INVARIANT: compared whenever it is asked for, and what is in its place is neither taken away nor replaced.
 */
export async function installedOnce(
  place: InstallPlace,
  install: (fresh: string) => Promise<string | undefined>,
): Promise<{ readonly folder: string } | { readonly why: string }> {
  if ((await treeOf(place.id)) === undefined) {
    const why = await installFresh(place, install);
    if (why !== undefined) return { why };
  }
  const tree = (await treeOf(place.id)) ?? 'nothing';
  const folder = await folderOf(place.packages, place.id, tree);
  const found = await treeDigest(folder).catch(() => 'nothing');
  const expected = place.tree ?? tree;
  return found === expected ? { folder } : { why: differs(found, expected) };
}

async function installFresh(
  { packages, id, tree: pinned }: InstallPlace,
  install: (fresh: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const unique = await mkdtemp(join(packages, 'new-'));
  try {
    const fresh = join(unique, 'package');
    await mkdir(fresh, { mode: 0o700 });
    const why = await install(fresh);
    if (why !== undefined) return why;
    const tree = await treeDigest(fresh);
    if (pinned !== undefined && tree !== pinned) return differs(tree, pinned);
    await place(fresh, join(packages, tree), tree);
    await placeTree(unique, id, tree);
    return undefined;
  } finally {
    await rm(unique, { recursive: true, force: true });
  }
}

const differs = (found: string, expected: string): string =>
  `its installed package has the tree ${found}, not ${expected} as is pinned`;

/** What was installed first of a package, which is what stays; undefined when nothing was. */
function treeOf(id: string): Promise<string | undefined> {
  return readFile(`${id}.tree`, 'utf8').catch(() => undefined);
}

/** Called by what is in it, so that nobody has to replace it; earlier ones are called by their package. */
async function folderOf(packages: string, id: string, tree: string): Promise<string> {
  const folder = join(packages, tree);
  return (await stat(folder).catch(() => undefined)) === undefined ? id : folder;
}

/**
 * Other gateways install the same at the same time. INVARIANT: what is in its place is neither taken away
 * nor replaced: a server may run from it.
 */
async function place(fresh: string, folder: string, tree: string): Promise<void> {
  try {
    await rename(fresh, folder);
  } catch (fault) {
    if ((await treeDigest(folder).catch(() => undefined)) !== tree) throw fault;
  }
}

/** Whole or not at all, after its folder; of two the first stays. */
async function placeTree(unique: string, id: string, tree: string): Promise<void> {
  const written = join(unique, 'tree');
  await writeFile(written, tree, { mode: 0o600 });
  try {
    await link(written, `${id}.tree`);
  } catch (fault) {
    if ((await treeOf(id)) === undefined) throw fault;
  }
}
