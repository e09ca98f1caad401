import type { EffectBook, GatewayLife } from '#contracts/effect-book.ts';
import type { Clock } from '#kernel/time.ts';

export interface FenceParts {
  readonly effects: Pick<EffectBook, 'lives' | 'fence' | 'unfence'>;
  readonly clock: Clock;
  readonly onFault: (what: string, fault: unknown) => void;
}

/**
 * A gateway that is gone may have left writes open. Until its journal was read, or it is here again,
 * the others refuse to write in the tasks that it carried writes of.
 */
export interface GatewayFences {
  /** Nobody is here yet: whoever served when control ended is fenced until it comes. */
  start(): Promise<void>;
  came(gateway: GatewayLife): void;
  gone(gateway: GatewayLife): void;
  /** Who leaves from now on, leaves with everybody: the next start fences whoever is not back. */
  stop(): void;
  /** Resolves when everything that happened has its effect. */
  settled(): Promise<void>;
}

const retryMs = 250;

export function fenceGateways({ effects, clock, onFault }: FenceParts): GatewayFences {
  /** How many connections each life has: one that comes again may overlap with the one it lost. */
  const here = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();
  let stopped = false;
  const apply = async (gateway: GatewayLife): Promise<void> => {
    for (;;) {
      if (stopped) return;
      try {
        // What is true now counts, not what was when it was noticed.
        if ((here.get(nameOf(gateway)) ?? 0) > 0) await effects.unfence(gateway);
        else await effects.fence(gateway, clock.now());
        return;
      } catch (fault) {
        if (!stopped) onFault('fence', fault);
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
  };
  const change = (gateway: GatewayLife, by: number): void => {
    const name = nameOf(gateway);
    const count = (here.get(name) ?? 0) + by;
    if (count > 0) here.set(name, count);
    else here.delete(name);
    last = last.then(() => apply(gateway));
  };
  return {
    async start() {
      for (const gateway of await effects.lives()) await effects.fence(gateway, clock.now());
    },
    came: (gateway) => change(gateway, 1),
    gone: (gateway) => change(gateway, -1),
    stop: () => void (stopped = true),
    settled: () => last,
  };
}

function nameOf({ writer, life }: GatewayLife): string {
  return `${writer}\n${life}`;
}
