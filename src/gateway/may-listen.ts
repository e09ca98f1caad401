import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import type { KeptPages } from './results/kept-pages.ts';
import type { GatewayState } from './state.ts';

export interface MayListenParts {
  readonly state: GatewayState;
  readonly standing: Standing;
  readonly tools: ToolGate;
  readonly pages: Pick<KeptPages, 'holds' | 'added'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * What whoever listens may hear, as it is now. INVARIANT: a stop, a suspension, a revocation and the end
 * of a task end it, as they end calls; where that cannot be confirmed nobody listens.
 */
export function listeningIn({ state, standing, tools, pages, clock }: MayListenParts) {
  return {
    mayListen(by: Principal): boolean {
      const agent = state.configuration?.of(tools).agent(by);
      if (agent === undefined || state.shuttingDown) return false;
      return standing.judge(by, agent, undefined, state.view(clock.monotonic())) === undefined;
    },
    tools: (by: Principal): string => {
      const told = state.configuration?.of(tools).told(by, tools.quarantine) ?? '';
      // What reads the next page is listed while there is one.
      return pages.holds(by) ? `${told} pages` : told;
    },
    version: (): string =>
      `${state.configuration?.number} ${tools.quarantine.added} ${pages.added}`,
    monotonic: () => clock.monotonic(),
  };
}
