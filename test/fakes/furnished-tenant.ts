import { beginTask } from '#contracts/begin-task.suite.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { callDigestOf } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import { approvalBinding, askedContext } from './approval-asks.ts';
import { type ControlWorld, type Tenant, textAt } from './control-world.ts';

async function asAdmin(
  world: ControlWorld,
  tenant: Tenant,
  ask: readonly [string, string, JsonObject],
) {
  const [method, path, body] = ask;
  const answer = await world.ask(method, path, { as: world.credential('admin', tenant), body });
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The same names in both tenants: only the tenant tells them apart. */
export async function furnish(
  world: ControlWorld,
  tenant: Tenant,
  text: string,
): Promise<string[]> {
  const put = (kind: string, name: string, spec: JsonObject) =>
    asAdmin(world, tenant, ['POST', '/v1/documents', { kind, name, spec, reason: text }]);
  await asAdmin(world, tenant, [
    'PUT',
    '/v1/secrets/key',
    { value: 'tok-123456789', reason: text },
  ]);
  const url = 'http://127.0.0.1:1/mcp';
  await put('ToolServer', 'fake', { connect: { url } });
  await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
  await put('Agent', 'worker', { owner: text, purpose: text, manifest: 'work' });
  await put('Policy', 'rules', { cedar: `// ${text}\n` });
  await world.store.catalogue.report({
    tenant,
    server: 'fake',
    look: 'first',
    shown: ['pay', 'note'],
    now: 0,
    tools: ['pay', 'note'].map((tool) => ({
      tenant,
      server: 'fake',
      tool,
      digest: 'a'.repeat(64),
      definition: { name: tool, description: text, inputSchema: { type: 'object' } },
      observedAt: 0,
    })),
  });
  // Whoever wrote the document of a server does not open its writing tools alone.
  const approved = await world.ask('POST', '/v1/tools/fake/pay/approve', {
    as: world.credential('operator', tenant),
    body: { digest: 'a'.repeat(64) },
  });
  if (approved.status !== 200) throw new Error(JSON.stringify(approved.body));
  const bearer = await asAdmin(world, tenant, [
    'POST',
    '/v1/agents/worker/token',
    { reason: text },
  ]);
  await asAdmin(world, tenant, ['POST', '/v1/agents/worker/suspend', { reason: text }]);
  const target = { kind: 'tool', name: 'fake/pay' };
  await asAdmin(world, tenant, ['POST', '/v1/stops', { target, reason: text }]);
  if (tenant === 'main') {
    await asAdmin(world, tenant, ['POST', '/v1/stops', { target: { kind: 'all' }, reason: text }]);
  }
  const approval = await hold(world, tenant, text);
  const record = (await world.log.tail({ tenant, limit: 1 }))[0]?.record.id ?? '';
  const task = `task-of-${tenant}`;
  await beginTask(world.store, { tenant, id: task, agent: 'idle', owner: text });
  const call = { tenant, task, target: 'tool:fake/pay', argumentsDigest: text };
  const ref = `intent-of-${tenant}`;
  await world.store.effects.report([{ ...call, effect: 'unknown', ref, by: 'g', at: 0 }], 0);
  const { entries } = await world.store.overlay.current();
  const effect = entries.find((entry) => entry.ref === ref)?.id ?? '';
  return [textAt(bearer, 'instance'), approval, record, task, effect];
}

async function hold(world: ControlWorld, tenant: Tenant, text: string): Promise<string> {
  const now = world.clock.now();
  const binding = approvalBinding({ tenant, agent: 'worker', target: 'tool:fake/pay' });
  const ledger = world.store.grants;
  const approval = await ledger.request({
    binding,
    callDigest: callDigestOf(binding),
    context: askedContext(binding, 'call-1', { argumentsText: JSON.stringify({ note: text }) }),
    now,
    expiresAt: now + limits.approvalMs,
    pendingLimit: 50,
  });
  return approval.id;
}

/** Everything of one tenant that an act could change. */
export async function stateOf(world: ControlWorld, tenant: Tenant): Promise<string> {
  const { store, log } = world;
  const { entries } = await store.overlay.current();
  return JSON.stringify({
    documents: await store.documents.list(tenant),
    catalogue: await store.catalogue.list(tenant),
    secrets: await store.secrets.list(tenant),
    people: await store.people.list(tenant),
    instances: await store.instances.list(tenant),
    unbound: await store.instances.unbound(tenant),
    approvals: await store.grants.list({ tenant, limit: 1_000 }),
    tasks: await store.tasks.list({ tenant, limit: 1_000 }),
    overlay: entries.filter(({ target }) => target.kind === 'all' || target.tenant === tenant),
    records: (await log.tail({ tenant, limit: 10_000 })).length,
  });
}
