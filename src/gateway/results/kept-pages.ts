import { randomBytes } from 'node:crypto';
import { alone, type Fellows, type FoundPageAnswer, type PageName } from '#contracts/fellows.ts';
import type { FoundPage } from '#kernel/call.ts';
import { parseJson, isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Target } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';

type Reader = Pick<Principal, 'tenant' | 'instance' | 'task'>;

/** What a result was the answer to: its pages are judged as that is, again and again. */
export interface PagesOf {
  readonly principal: Reader & Pick<Principal, 'agent'>;
  readonly call: string;
  readonly target: Target;
  readonly arguments: JsonObject;
  readonly argumentBytes: Buffer;
}

/**
 * Pages of results that were told in part, in memory, for a while. INVARIANT: a cursor cannot be made
 * up, and is good for nobody but the same instance in the same task, at whichever gateway.
 */
export interface KeptPages {
  /** What a result would be kept under, before it is known whether there is room. */
  newHandle(): string;
  /** So many bytes could be kept now: of the agent's share, of its tenant's, of all. */
  roomFor(of: PagesOf): number;
  /** False when there is no room: pages of others are never dropped for it. */
  keep(handle: string, of: PagesOf, pages: readonly Buffer[]): boolean;
  find(by: Reader, cursor: string): Promise<FoundPage | undefined>;
  /** For the other gateways of the listener. */
  readonly findHere: (name: PageName) => FoundPageAnswer;
  /** How often something was kept. */
  readonly added: number;
  /** Whether anything is kept for this instance in this task here. */
  holds(by: Reader): boolean;
}

interface Kept {
  readonly of: PagesOf;
  readonly pages: readonly Buffer[];
  readonly bytes: number;
  readonly until: number;
}

/**
 * `AT.HANDLE.PAGE`: at which gateway, and which page; the first one was told with the result.
 * INVARIANT: one page has one cursor.
 */
const cursorForm = /^(0|[1-9]\d{0,2})\.([A-Za-z0-9_-]{22})\.([1-9]\d{0,2})$/;

export function cursorOf(handle: string, page: number): string {
  return `${handle}.${page}`;
}

export function createKeptPages(
  clock: Pick<Clock, 'monotonic'>,
  { index, others }: Pick<Fellows, 'index' | 'others'> = alone,
): KeptPages {
  const kept = new Map<string, Kept>();
  let added = 0;
  const sweep = (): void => {
    const now = clock.monotonic();
    for (const [handle, { until }] of kept) if (until <= now) kept.delete(handle);
  };
  const findOwn = ({ cursor, ...by }: PageName): FoundPage | undefined => {
    sweep();
    const [, at, id, page] = cursorForm.exec(cursor) ?? [];
    const one = kept.get(`${at}.${id}`);
    // One answer for what is not there and for what is somebody else's.
    if (one === undefined || !isFor(one.of, by)) return undefined;
    const bytes = one.pages[Number(page) - 2];
    if (bytes === undefined) return undefined;
    const result: unknown = parseJson(bytes);
    if (!isJsonObject(result)) return undefined;
    const { target, arguments: args, call } = one.of;
    return { target, arguments: args, call, result, page: Number(page) };
  };
  return {
    newHandle: () => `${index}.${randomBytes(16).toString('base64url')}`,
    roomFor(of) {
      sweep();
      return Math.max(0, roomOf(kept, of.principal) - of.argumentBytes.length);
    },
    keep(handle, of, pages) {
      sweep();
      const bytes = pages.reduce((sum, { length }) => sum + length, of.argumentBytes.length);
      if (bytes > roomOf(kept, of.principal)) return false;
      kept.set(handle, { of, pages, bytes, until: clock.monotonic() + limits.keptPagesMs });
      added += 1;
      return true;
    },
    get added() {
      return added;
    },
    async find({ tenant, instance, task }, cursor) {
      const name = { tenant, instance, task, cursor };
      const keeper = Number(cursorForm.exec(cursor)?.[1] ?? -1);
      if (keeper === index) return findOwn(name);
      const other = others.find((one) => one.index === keeper);
      // One that is away keeps nothing for anybody at the moment.
      const answer = await other?.ask.findPage(name).catch(() => undefined);
      return answer?.page;
    },
    findHere(name) {
      const page = findOwn(name);
      return page === undefined ? {} : { page };
    },
    holds(by) {
      sweep();
      return [...kept.values()].some(({ of }) => isFor(of, by));
    },
  };
}

function isFor({ principal }: PagesOf, by: Reader): boolean {
  return (
    principal.tenant === by.tenant &&
    principal.instance === by.instance &&
    principal.task === by.task
  );
}

/** INVARIANT: however much one agent or one tenant asks for, there is room for others. */
function roomOf(kept: ReadonlyMap<string, Kept>, { tenant, agent }: PagesOf['principal']): number {
  let [all, tenants, own] = [0, 0, 0];
  for (const { of, bytes } of kept.values()) {
    all += bytes;
    if (of.principal.tenant !== tenant) continue;
    tenants += bytes;
    if (of.principal.agent === agent) own += bytes;
  }
  return Math.min(
    limits.keptPagesBytes - all,
    limits.keptPagesBytesPerTenant - tenants,
    limits.keptPagesBytesEach - own,
  );
}
