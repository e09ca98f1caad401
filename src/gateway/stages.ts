import type { Approval } from '#kernel/grant.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalGate } from '#planes/approvals/index.ts';
import type { Recorder } from '#planes/audit/index.ts';
import type { Lender } from '#planes/credentials/index.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import type { Rates, RefusalBook } from '#planes/monitoring/index.ts';
import type { PolicyGate } from '#planes/policy/index.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import type { OpenCalls } from './open-calls.ts';
import type { Stages } from './pipeline.ts';
import type { Quotas } from './quotas.ts';
import type { Refresh } from './refresh.ts';
import type { TaskLabelCache } from './session-labels.ts';
import { admitStage } from './stages/admit.ts';
import { approveStage } from './stages/approve.ts';
import { decideStage } from './stages/decide.ts';
import { forwardStage } from './stages/forward.ts';
import { identifyStage } from './stages/identify.ts';
import { inspectInStage } from './stages/inspect-in.ts';
import { inspectOutStage } from './stages/inspect-out.ts';
import { intendStage } from './stages/intend.ts';
import { lendStage } from './stages/lend.ts';
import { resolveStage } from './stages/resolve.ts';
import { settleStage } from './stages/settle.ts';
import { standingStage } from './stages/standing.ts';
import type { GatewayState } from './state.ts';
import type { Terminal } from './terminal.ts';
import type { Unreconciled } from './unreconciled.ts';
import type { Upstreams } from './upstreams.ts';
import type { Walk } from './walk.ts';

/** The planes and books that the stages ask. A stage is a thin call into one of them. */
export interface StageParts {
  readonly clock: Clock;
  readonly state: GatewayState;
  readonly identity: IdentityGate;
  readonly standing: Standing;
  readonly rates: Rates;
  readonly openCalls: OpenCalls;
  readonly refusals: RefusalBook;
  readonly quotas: Quotas;
  readonly tools: ToolGate;
  readonly inspector: Inspector;
  readonly labels: TaskLabelCache;
  readonly policy: PolicyGate;
  readonly approvals: ApprovalGate;
  readonly approvalAsked: (walk: Walk, approval: Approval) => Promise<void>;
  readonly recorder: Recorder;
  readonly lender: Lender;
  readonly upstreams: Upstreams;
  readonly refresh: Refresh;
  readonly unreconciled: Unreconciled;
  readonly terminal: Terminal;
}

export function createStages(parts: StageParts): Stages {
  return {
    admit: admitStage(parts),
    identify: identifyStage(parts),
    standing: standingStage(parts),
    resolve: resolveStage(parts),
    'inspect-in': inspectInStage(parts),
    decide: decideStage(parts),
    approve: approveStage(parts),
    intend: intendStage(parts),
    lend: lendStage(parts),
    forward: forwardStage(parts),
    'inspect-out': inspectOutStage(parts),
    settle: settleStage(parts),
  };
}
