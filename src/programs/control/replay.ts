import type { PolicyReplay, Proposals, ReplayedPolicies } from '#api/index.ts';
import { claimMarks } from '#contracts/claim-marks.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import type { Store } from '#contracts/store.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import { replay } from '#dry-run/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { parseRecord, provedArguments } from '#planes/audit/index.ts';
import type { PolicyGate } from '#planes/policy/index.ts';
import type { ProgramLog } from '../program-log.ts';

interface Replaying {
  readonly configuration: () => Configuration | undefined;
  readonly proposals: Pick<Proposals, 'propose'>;
  readonly policy: PolicyGate;
  readonly judges: readonly TargetJudge[];
  readonly log: Pick<ProgramLog, 'readers'> & {
    readonly tenants: Pick<ProgramLog['tenants'], 'mac'>;
    readonly sealer: Pick<ProgramLog['sealer'], 'open'>;
  };
  /** Whose held arguments are opened. */
  readonly store: Pick<Store, 'grants'>;
}

/** Recorded calls, judged again by what judges here. */
export async function replayPolicies(
  { configuration, proposals, policy, judges, log, store }: Replaying,
  asked: PolicyReplay,
): Promise<ReplayedPolicies> {
  const current = configuration();
  if (current === undefined) {
    throw new BailiwickError('api/not-found', { message: 'there is no configuration yet' });
  }
  const { documents, remove, ...question } = asked;
  const compiled = await proposals.propose(asked.tenant, { documents, remove });
  if (compiled.kind === 'refused') return compiled;
  const answer = await replay(
    {
      policy,
      judges,
      logs: () => log.readers(),
      parse: parseRecord,
      markClaims: claimMarks(log.tenants),
      open: async (record, body) =>
        provedArguments(record, await log.sealer.open(record.tenant, Buffer.from(body))),
      held: async (tenant, id) =>
        (await store.grants.byId(tenant, id))?.context.argumentsText || undefined,
    },
    { ...question, current, proposed: compiled.configuration },
  );
  const { configuration: proposed } = compiled;
  const digest = proposed.of(policy).digest(asked.tenant);
  return { kind: 'replayed', answer, digest, configuration: proposed.digest };
}
