import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import {
  checkTenant,
  type FeedListener,
  type SqlDatabase,
  tellAll,
  text,
} from '../sql/database.ts';
import type { StoreCuts } from '#contracts/store-cut.ts';
import { createCuts, type FileOfCut } from './cuts.ts';
import { openFile, type SqliteFile } from './file.ts';

export interface SqliteOptions {
  readonly folder: string;
  readonly pageLimit?: number;
}

/** One file for the system and one for each tenant, so that tenants share no row and no page. */
export async function openSqliteDatabase(
  options: SqliteOptions,
): Promise<SqlDatabase & { readonly cuts: StoreCuts }> {
  const folder = join(options.folder, 'tenants');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const present = filesIn(folder);
  const systemPath = join(options.folder, 'system.sqlite');
  if (present.length > 0 && isEmpty(systemPath)) throw gone(systemPath);
  const { pageLimit } = options;
  const system = openFile({ path: systemPath, part: 'system', pageLimit });
  const tenants = createTenantFiles({ folder, system, pageLimit });
  try {
    await tenants.openAll(present);
  } catch (fault) {
    await tenants.close();
    await system.close();
    throw fault;
  }
  const listeners = new Set<FeedListener>();
  return {
    system: (work) => system.run(work),
    tenant: async (tenant, work) => (await tenants.file(tenant)).run(work),
    tenants: () => Promise.resolve(tenants.names()),
    scrub: async (tenant) => (await tenants.file(tenant)).scrub(),
    notify: (feed) => tellAll(listeners, feed),
    onNotify(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    cuts: createCuts(async () => [
      { name: 'store/system.sqlite', path: systemPath, file: system },
      ...(await tenants.all()),
    ]),
    async close() {
      listeners.clear();
      await tenants.close();
      await system.close();
    },
  };
}

interface TenantFiles {
  openAll(present: readonly string[]): Promise<void>;
  file(tenant: string): Promise<SqliteFile>;
  names(): readonly string[];
  all(): Promise<readonly FileOfCut[]>;
  close(): Promise<void>;
}

function createTenantFiles(parts: {
  readonly folder: string;
  readonly system: SqliteFile;
  readonly pageLimit: number | undefined;
}): TenantFiles {
  const { folder, system, pageLimit } = parts;
  const open = new Map<string, Promise<SqliteFile>>();
  const known = new Set<string>();
  const pathOf = (tenant: string) => join(folder, `${tenant}.sqlite`);
  const openOne = async (tenant: string): Promise<SqliteFile> => {
    checkTenant(tenant);
    const file = openFile({ path: pathOf(tenant), part: 'tenant', pageLimit });
    try {
      await enter(system, tenant);
    } catch (fault) {
      await file.close();
      throw fault;
    }
    known.add(tenant);
    return file;
  };
  const file = (tenant: string): Promise<SqliteFile> => {
    const there = open.get(tenant);
    if (there !== undefined) return there;
    const opening = openOne(tenant);
    open.set(tenant, opening);
    opening.catch(() => open.delete(tenant));
    return opening;
  };
  return {
    // All of them now: a file that is damaged, locked or lost must show at start, not at a call.
    async openAll(present) {
      for (const tenant of await entered(system)) {
        if (isEmpty(pathOf(tenant))) throw gone(pathOf(tenant));
      }
      for (const tenant of present) await file(tenant);
    },
    file,
    names: () => [...known],
    all: () =>
      Promise.all(
        [...known].sort().map(async (tenant) => ({
          name: `store/tenants/${tenant}.sqlite`,
          path: pathOf(tenant),
          file: await file(tenant),
        })),
      ),
    async close() {
      for (const opening of open.values()) {
        await opening.then(
          (one) => one.close(),
          () => undefined,
        );
      }
    },
  };
}

/** The system knows its tenants: a file that vanishes is noticed, never made anew and empty. */
async function enter(system: SqliteFile, tenant: string): Promise<void> {
  await system.run((tx) =>
    tx.run('INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING', [tenant]),
  );
}

async function entered(system: SqliteFile): Promise<string[]> {
  const rows = await system.run((tx) => tx.all('SELECT tenant FROM tenants', []));
  return rows.map((row) => text(row, 'tenant'));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite') && !isEmpty(join(folder, name)))
    .map((name) => name.slice(0, -'.sqlite'.length));
}

/** Missing counts as empty: both mean that what was written is not there. */
function isEmpty(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function gone(path: string): BailiwickError {
  return new BailiwickError('store/corrupt', {
    message: `a file of the store is missing or empty: \`${path}\``,
  });
}
