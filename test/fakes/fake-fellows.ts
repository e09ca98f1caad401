import type { Fellow, FellowMethods, Fellows } from '#contracts/fellows.ts';

export interface FakeCircle {
  readonly fellows: readonly Fellows[];
  /** From now on this one answers; until then it is away. */
  join(index: number, methods: Partial<FellowMethods>): void;
  leave(index: number): void;
}

/** Gateways of one listener in one process: what crosses the socket is JSON here as well. */
export function fakeCircle(
  count: number,
  keeperOf: (name: string) => number = () => 0,
): FakeCircle {
  const methods = new Map<number, Partial<FellowMethods>>();
  const fellowAt = (index: number): Fellow => ({
    index,
    get connected() {
      return methods.has(index);
    },
    get awaySince() {
      return methods.has(index) ? undefined : 0;
    },
    ask: new Proxy({} as Fellow['ask'], {
      get: (_, name: keyof FellowMethods) => async (about: unknown) => {
        const method = methods.get(index)?.[name] as ((ask: unknown) => unknown) | undefined;
        if (method === undefined) throw new Error('it is away');
        return crossed(method(crossed(about)));
      },
    }),
  });
  const fellows = Array.from({ length: count }, (_, index): Fellows => {
    const others = Array.from({ length: count }, (_unused, at) => at)
      .filter((at) => at !== index)
      .map(fellowAt);
    return {
      index,
      count,
      others,
      keeperOf: (name) => others.find((other) => other.index === keeperOf(name) % count),
    };
  });
  return {
    fellows,
    join: (index, given) => void methods.set(index, given),
    leave: (index) => void methods.delete(index),
  };
}

function crossed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
