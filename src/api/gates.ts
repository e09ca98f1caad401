import { z } from 'zod';
import type { Override } from '#contracts/override-book.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import { Turns, tryCall } from '#dry-run/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { type Target, targetText } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { softPhases } from '#kernel/tool.ts';
import type { ControlParts } from './parts.ts';
import { name, time } from './shapes.ts';

/** Asked of one request; whoever wants more asks on. */
const mostTried = 2_000;
const mostRows = 1_000;

export const gatesAsked = z.strictObject({
  agent: name.optional(),
  /** What needs a look alone. */
  findings: z.enum(['true', 'false']).default('false'),
  limit: z.coerce.number().int().min(1).max(mostRows).default(200),
  /** The last one that was told, as `next` says it. */
  after: z.string().min(1).max(512).optional(),
});

const row = z.strictObject({
  agent: z.string(),
  target: z.string(),
  effect: z.string(),
  /** Of its least call, with nothing of strangers read. */
  verdict: z.enum(['allowed', 'held', 'refused']),
  code: z.string().nullable(),
  class: z.string().nullable(),
  rules: z.array(z.string()).readonly(),
  phase: z.enum([...softPhases, 'enforce']),
  /** It acts, and no person is asked: by a rule, or because nothing is enforced. */
  finding: z.enum(['ungated', 'not-enforced', 'overridden']).nullable(),
  /** Open: until then nobody is asked about it. */
  override: z.strictObject({ id: z.string(), by: z.string(), until: time }).nullable(),
});

export const gates = z.strictObject({
  configuration: z.string(),
  rows: z.array(row),
  /** Ask on with it as `after`; null where that was all. */
  next: z.string().nullable(),
});

type Row = z.input<typeof row>;

/**
 * What each agent can reach now, what it does there, and what stands between: judged by what judges in the gateway.
 * In one order, by agent and target, so that a page goes on where the last one ended, whatever came or went meanwhile.
 */
export async function gatesOf(
  parts: Pick<ControlParts, 'configuration' | 'planes' | 'clock' | 'desks'>,
  tenant: string,
  asked: z.output<typeof gatesAsked>,
): Promise<z.input<typeof gates>> {
  const configuration = parts.configuration();
  const of = configuration?.snapshot.tenants[tenant];
  if (configuration === undefined || of === undefined) {
    throw new BailiwickError('api/not-found', { message: 'there is no configuration yet' });
  }
  if (asked.agent !== undefined && !Object.hasOwn(of.agents, asked.agent)) {
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${asked.agent}\`` });
  }
  const rows: Row[] = [];
  const open = openOverrides(parts, tenant);
  const turns = new Turns();
  let tried = 0;
  for (const { agent, target, key } of reachable(of, asked.agent)) {
    if (asked.after !== undefined && key <= asked.after) continue;
    const override = open.get(`${agent} ${targetText(target)}`);
    const one = withOverride(
      await gateOf(parts, { configuration, tenant }, agent, target),
      override,
    );
    await turns.next();
    tried += 1;
    if (asked.findings === 'false' || one.finding !== null) rows.push(one);
    if (rows.length >= asked.limit || tried >= mostTried) {
      return { configuration: configuration.digest, rows, next: key };
    }
  }
  return { configuration: configuration.digest, rows, next: null };
}

interface Reach {
  readonly agent: string;
  readonly target: Target;
  readonly key: string;
}

/** What manifests list one by one: what stands below a folder has no end. */
function* reachable(of: TenantSnapshot, only: string | undefined): Generator<Reach> {
  const agents = only === undefined ? Object.keys(of.agents).sort() : [only];
  for (const agent of agents) {
    const manifest = of.agents[agent]?.manifest ?? '';
    const listed = Object.hasOwn(of.manifests, manifest) ? of.manifests[manifest] : undefined;
    const exact = (listed?.targets ?? []).filter(({ prefix }) => !prefix);
    const targets = new Map(exact.map(({ target }) => [targetText(target), target]));
    for (const text of [...targets.keys()].sort()) {
      const target = targets.get(text);
      if (target !== undefined) yield { agent, target, key: `${agent} ${text}` };
    }
  }
}

interface At {
  readonly configuration: Configuration;
  readonly tenant: string;
}

async function gateOf(
  { planes, clock }: Pick<ControlParts, 'planes' | 'clock'>,
  { configuration, tenant }: At,
  agent: string,
  target: Target,
): Promise<Row> {
  const call = { tenant, agent, target, labels: [], user: undefined, via: [] } as const;
  const asked = { ...call, arguments: undefined, binding: 'dpop', time: clock.now() } as const;
  const { verdict, answer } = await tryCall(planes, configuration, asked);
  const { decision, input, phase } = answer;
  const acts = input.effectClass !== 'read';
  const goesOn = acts && verdict.kind === 'allowed';
  return {
    agent,
    target: targetText(target),
    effect: input.effectClass,
    verdict: verdict.kind,
    code: verdict.kind === 'refused' ? verdict.code : null,
    class: verdict.kind === 'held' ? verdict.class : null,
    rules: decision.rules,
    phase: phase ?? 'enforce',
    finding: goesOn ? (phase === undefined ? 'ungated' : 'not-enforced') : null,
    override: null,
  };
}

/** By agent and target: under which one a call goes on that would be asked about. */
function openOverrides(
  { desks, clock }: Pick<ControlParts, 'desks' | 'clock'>,
  tenant: string,
): ReadonlyMap<string, Override> {
  const now = clock.now();
  const open = desks.overrides
    .list(tenant)
    .filter(({ ended, until }) => ended === undefined && until > now);
  return new Map(open.map((one) => [`${one.agent} ${one.target}`, one]));
}

/** INVARIANT: whoever reads what stands between hears that it is set aside. */
function withOverride(one: Row, override: Override | undefined): Row {
  if (override === undefined) return one;
  const { id, by, until } = override;
  const told = { id, by, until: isoTime(until) };
  const finding = one.verdict === 'held' ? 'overridden' : one.finding;
  return { ...one, override: told, finding };
}
