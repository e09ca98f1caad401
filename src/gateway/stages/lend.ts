import { contentOf } from '#kernel/call.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { toolOf } from '#kernel/tool.ts';
import type { StageParts } from '../stages.ts';
import type { Stage } from '../walk.ts';

/** Which short-lived credential, for this call only? Opened here and nowhere earlier. */
export function lendStage(parts: StageParts): Stage {
  const { lender, standing, state, tools, refresh, clock } = parts;
  return (walk) => {
    const { principal, call, configuration } = walk;
    const tool = toolOf(contentOf(call.action)?.target);
    if (principal === undefined || configuration === undefined) return refusal('identity/missing');
    // A stop that came while the intent was being written still stops: nothing has left yet.
    const view = state.view(clock.monotonic());
    const stopped =
      principal.kind === 'system'
        ? view.overlay.forbids(principal, tool)
        : standing.judge(principal, configuration.of(tools).agent(principal), tool, view);
    if (stopped !== undefined) return stopped;
    if (call.signal.aborted) return refusal('gateway/cancelled');
    if (call.action.kind === 'refresh') return refresh.lend(walk);
    if (walk.tool === undefined) return refusal('credentials/not-in-manifest');
    const loan = lender.lend({
      tenant: principal.tenant,
      callId: call.id,
      server: walk.tool.server,
      tool: walk.tool.id.tool,
      manifest: walk.tool.manifest,
      secrets: configuration.snapshot.tenants[principal.tenant]?.secrets ?? {},
      use: 'header',
    });
    if (isRefusal(loan)) return loan;
    walk.loan = loan;
    return undefined;
  };
}
