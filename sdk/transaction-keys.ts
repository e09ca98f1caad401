import { readJson } from './read-json.ts';

type Members = Readonly<Record<string, unknown>>;

export interface KeySet {
  /** Undefined when the gateway has no such key, as far as is known. */
  find(kid: string): Promise<Members | undefined>;
}

const freshMs = 300_000;
/** However many tokens name keys that nobody has. */
const againMs = 10_000;
const mostBytes = 65_536;

/** Keys by name, asked for when they are needed; those of before serve while nobody answers. */
export function createKeySet(parts: {
  readonly url: string;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}): KeySet {
  const { now } = parts;
  let keys: readonly Members[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    asking ??= read(parts)
      .then((read) => {
        keys = read;
      })
      .catch(() => undefined)
      .finally(() => {
        asking = undefined;
      });
    askedAt = now();
    await asking;
  };
  const known = (kid: string) => keys.find((one) => one['kid'] === kid);
  return {
    async find(kid) {
      const since = now() - askedAt;
      if (asking !== undefined) await asking;
      else if (since > freshMs || (known(kid) === undefined && since > againMs)) await ask();
      return known(kid);
    },
  };
}

async function read(parts: { url: string; fetch: typeof fetch }): Promise<readonly Members[]> {
  const answer = await parts.fetch(parts.url, {
    redirect: 'error',
    signal: AbortSignal.timeout(5_000),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (!answer.ok || bytes.length > mostBytes) throw new TypeError('no keys');
  const set: unknown = readJson(bytes);
  const list = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(list)) throw new TypeError('no keys');
  return list.filter((one: unknown): one is Members => typeof one === 'object' && one !== null);
}
