import { sha256Base64url } from '#kernel/digest.ts';
import { isRefusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import { manifestFor } from '#contracts/rights.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import { offersIn, type ToolGate } from '#planes/tools/index.ts';
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
    rights: (by: Principal, judgedBy?: Snapshot): string => {
      const snapshot = judgedBy ?? state.configuration?.snapshot;
      return snapshot === undefined ? '' : rightsIn(snapshot, by);
    },
    mayHear(by: Principal, about: Target): boolean {
      const snapshot = state.configuration?.snapshot;
      if (snapshot === undefined || !mayName(snapshot, by, about)) return false;
      const agent = state.configuration?.of(tools).agent(by);
      return standing.judge(by, agent, about, state.view(clock.monotonic())) === undefined;
    },
    version: (): string =>
      `${state.configuration?.number} ${tools.quarantine.added} ${pages.added}`,
    monotonic: () => clock.monotonic(),
  };
}

/** By configuration and who it is: a digest of all that a no to what beside tools could come from. */
const known = new WeakMap<Snapshot, WeakMap<Principal, string>>();

function rightsIn(snapshot: Snapshot, by: Principal): string {
  const digests = known.get(snapshot) ?? new WeakMap<Principal, string>();
  known.set(snapshot, digests);
  const found = digests.get(by);
  if (found !== undefined) return found;
  const { agent, user = null, scope } = by;
  const tenant = snapshot.tenants[by.tenant];
  const entry = tenant?.agents[agent];
  if (tenant === undefined || entry === undefined) return '';
  const servers = Object.values(tenant.servers).map(({ name: of, digest }) => [of, digest]);
  const right = manifestFor(tenant, by);
  const parts = [entry, right, tenant.policies, servers, scope?.effects ?? null, user];
  const digest = sha256Base64url(JSON.stringify(parts)).slice(0, 22);
  digests.set(by, digest);
  return digest;
}

function mayName(snapshot: Snapshot, by: Principal, about: Target): boolean {
  const view = offersIn(snapshot);
  const { kind, owner, name } = about;
  if (kind !== 'resource' && kind !== 'prompt') return false;
  if (name !== undefined) return view.named(by, about) !== undefined;
  const page = view.page(by, kind, undefined, owner);
  return page !== undefined && !isRefusal(page);
}
