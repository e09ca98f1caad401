import { z } from 'zod';
import type { Override } from '#contracts/override-book.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import { Turns, tryCall } from '#dry-run/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { type Target, targetText } from '#kernel/target.ts';
import { softPhases } from '#kernel/tool.ts';
import type { ControlParts } from './parts.ts';
import { name, time } from './shapes.ts';
import { overridesOpenAt, overrideTold } from './standing-override.ts';

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
  /** Of a tool: whether it stands open; null: it is none, or none that was seen. */
  tool: z.enum(['pinned', 'waiting', 'quarantined', 'rejected', 'gone']).nullable(),
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
  const open = overridesOpenAt(parts, tenant, parts.clock.now());
  const turns = new Turns();
  let tried = 0;
  for (const { agent, target, key } of reachable(of, asked.agent)) {
    if (asked.after !== undefined && key <= asked.after) continue;
    const override = open.get(`${agent} ${targetText(target)}`);
    const one = await gateOf(parts, { configuration, tenant, override }, agent, target);
    await turns.next();
    tried += 1;
    if (asked.findings === 'false' || one.finding !== null) {
      rows.push({ ...one, tool: await stateOf(parts, tenant, target) });
    }
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
  readonly override: Override | undefined;
}

/** INVARIANT: whoever reads what stands between hears where it is set aside. */
async function gateOf(
  { planes, clock }: Pick<ControlParts, 'planes' | 'clock'>,
  { configuration, tenant, override }: At,
  agent: string,
  target: Target,
): Promise<Row> {
  const call = { tenant, agent, target, labels: [], user: undefined, via: [] } as const;
  const asked = { ...call, arguments: undefined, binding: 'dpop', time: clock.now() } as const;
  const { verdict, answer } = await tryCall(planes, configuration, asked);
  const { decision, input, phase } = answer;
  const acts = input.effectClass !== 'read';
  const goesOn = acts && verdict.kind === 'allowed';
  const ungated = goesOn ? (phase === undefined ? 'ungated' : 'not-enforced') : null;
  const stands = overrideTold(override, { configuration, tenant }, answer);
  return {
    agent,
    target: targetText(target),
    effect: input.effectClass,
    verdict: verdict.kind,
    code: verdict.kind === 'refused' ? verdict.code : null,
    class: verdict.kind === 'held' ? verdict.class : null,
    rules: decision.rules,
    phase: phase ?? 'enforce',
    finding: verdict.kind === 'held' && stands?.lets === true ? 'overridden' : ungated,
    override: stands && { id: stands.id, by: stands.by, until: stands.until },
    tool: null,
  };
}

/** With the row, so that no list of all tools is asked beside it. */
async function stateOf(
  { desks }: Pick<ControlParts, 'desks'>,
  tenant: string,
  { kind, owner, name: of }: Target,
): Promise<Row['tool']> {
  if (kind !== 'tool' || of === undefined) return null;
  return (await desks.tools.show(tenant, owner, of))?.state ?? null;
}
