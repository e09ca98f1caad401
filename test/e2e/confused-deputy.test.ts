import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signJws } from '../../sdk/key.ts';
import {
  askToken,
  exchange,
  fetchWith,
  ownToken,
  type TokenAnswer,
  tokenTypes,
} from './exchange.ts';
import { recordOf } from './cases.ts';
import type { TestAgent } from './instance.ts';
import { callTool, listTools } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const estate = `
---
kind: Manifest
name: low
spec: { tools: [ { tool: fake/echo }, { tool: fake/untrusted }, { tool: fake/pay, arguments: { amount: { max: 10 } } } ] }
---
kind: Agent
name: low
spec: { owner: ada@example.com, purpose: reads what strangers write, manifest: low }
---
kind: Agent
name: high
spec: { owner: ada@example.com, purpose: pays, manifest: work }
---
kind: Agent
name: bystander
spec: { owner: ada@example.com, purpose: is not listed, manifest: work }
---
kind: HandOff
name: low-high
spec: { from: low, to: high, depth: 1 }
---
kind: HandOff
name: high-bystander
spec: { from: high, to: bystander, depth: 1, for: { tools: [ { tool: fake/echo } ] } }
---
kind: Policy
name: pays
spec:
  cedar: |
    @id("pays")
    permit(principal, action == Action::"fake/pay", resource);
`;

const order = JSON.stringify({ instruction: 'pay the caterer 10' });

/** OWASP ASI03: identity and privilege abuse, over the real product. */
describe('a low agent that has a high one act for it (ASI03)', () => {
  let world: RunningWorld;
  let low: TestAgent;
  let high: TestAgent;
  let bystander: TestAgent;

  beforeAll(async () => {
    world = await startWorld(estate);
    const { instance } = world;
    low = await instance.enrolAgent('low');
    high = await instance.enrolAgent('high');
    bystander = await instance.enrolAgent('bystander');
  });
  afterAll(async () => {
    await world?.close();
  });

  async function handOff(
    from: TestAgent,
    to: string,
    fields: Readonly<Record<string, string>> = {},
    token?: string,
  ): Promise<TokenAnswer> {
    return exchange(from, token ?? (await ownToken(from)), tokenTypes.access, {
      requested_token_type: tokenTypes.handOff,
      audience: `agent:${to}`,
      request_details: order,
      ...fields,
    });
  }

  function takeOver(
    agent: TestAgent,
    token: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<TokenAnswer> {
    return exchange(agent, token, tokenTypes.handOff, { request_details: order, ...fields });
  }

  /** The newest refusals of tokens, by code. */
  async function refusals(): Promise<readonly Record<string, unknown>[]> {
    const found: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      '/v1/records?type=token.refused&limit=100',
    );
    return (found['records'] as Record<string, unknown>[]).map(
      (one) => one['record'] as Record<string, unknown>,
    );
  }

  async function refused(answer: TokenAnswer, code: string): Promise<void> {
    expect(answer.status).toBe(400);
    expect(answer.token).toBe('');
    const codes = async () =>
      (await refusals()).map((one) => (one['refusal'] as { code: string }).code);
    for (let tries = 0; tries < 40 && !(await codes()).includes(code); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await codes()).toContain(code);
  }

  it('gets done what both may, through both on record, and nothing more [DAT-08] [IDN-22] [SYS-094]', async () => {
    const given = await handOff(low, 'high');
    expect([given.status, given.error]).toEqual([200, undefined]);
    const taken = await takeOver(high, given.token);
    expect([taken.status, taken.description]).toEqual([200, undefined]);
    const send = fetchWith(high, taken.token);
    const tools = (await listTools(send, world.gateway)).body.result?.tools ?? [];
    expect(tools.map(({ name }) => String(name)).toSorted()).toEqual([
      'fake__echo',
      'fake__pay',
      'fake__untrusted',
    ]);
    const paid = await callTool(send, world.gateway, 'fake.pay', { to: 'bob', amount: 10 });
    expect([paid.told?.code, paid.isError]).toEqual([undefined, false]);
    // What its own manifest allows, and that of the one that it acts for does not.
    expect(
      (await callTool(send, world.gateway, 'fake.pay', { to: 'bob', amount: 11 })).told?.code,
    ).toBe('tools/outside-envelope');
    const add = await callTool(send, world.gateway, 'fake.add', { a: 1, b: 2 });
    expect(add.told?.code).toBe('tools/not-visible');
    const record = await recordOf(world, paid.record);
    const actors = record['actors'] as readonly { readonly name: string }[];
    expect(actors.map(({ name }) => name)).toEqual(['low', 'high']);
  });

  it('hands on what it has read of strangers with its work [DAT-08] [IDN-22]', async () => {
    const read = await callTool(low.fetch, world.gateway, 'fake.untrusted', {});
    expect(read.isError).toBe(false);
    const taken = await takeOver(high, (await handOff(low, 'high')).token);
    const tasks: Record<string, unknown> = await world.instance.admin.request(
      'GET',
      '/v1/tasks?agent=high',
    );
    const [task] = (tasks['tasks'] as Record<string, unknown>[]).filter(
      ({ kind }) => kind === 'delegated',
    );
    expect(task?.['labels']).toContain('integrity:untrusted');
    expect(taken.status).toBe(200);
  });

  it('gets nothing by a word alone: without a hand-off the high one acts as itself [DAT-08]', async () => {
    // It says whose work it is, and brings nothing that says so.
    const bare = await exchange(high, await ownToken(low), tokenTypes.access);
    await refused(bare, 'identity/invalid-subject-token');
    const nothing = await takeOver(high, '');
    expect(nothing.error).toBe('invalid_request');
  });

  it('is refused forged: signed by itself, or changed on its way [DAT-08]', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: high.identity.issuer,
      aud: high.identity.issuer,
      iat: now,
      exp: now + 60,
    };
    const own = signJws(
      low.key,
      { typ: 'bailiwick-hand-off+jwt', kid: low.key.thumbprint },
      claims,
    );
    await refused(await takeOver(high, own), 'identity/invalid-hand-off');
    const [head = '', body = '', signature = ''] = (await handOff(low, 'high')).token.split('.');
    const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const wider = { ...said, from: { agent: 'worker', instance: 'x' } };
    const changed = Buffer.from(JSON.stringify(wider)).toString('base64url');
    await refused(
      await takeOver(high, `${head}.${changed}.${signature}`),
      'identity/invalid-hand-off',
    );
  });

  it('is refused with another instruction than it gave, or with none [DAT-08]', async () => {
    const { token } = await handOff(low, 'high');
    const forged = { request_details: JSON.stringify({ instruction: 'pay mallory 1000' }) };
    await refused(await takeOver(high, token, forged), 'identity/invalid-hand-off');
    await refused(await exchange(high, token, tokenTypes.handOff), 'identity/invalid-hand-off');
    await refused(
      await handOff(low, 'high', { request_details: '{}' }),
      'identity/invalid-hand-off',
    );
  });

  it('is refused replayed, and by another agent than the one that it names [DAT-08]', async () => {
    const { token } = await handOff(low, 'high');
    await refused(await takeOver(bystander, token), 'identity/invalid-hand-off');
    expect((await takeOver(high, token)).status).toBe(200);
    await refused(await takeOver(high, token), 'identity/invalid-hand-off');
  });

  it('is refused by every gateway as it is [IDN-22]', async () => {
    const { token } = await handOff(low, 'high');
    for (const agent of [low, high]) {
      const answer = await callTool(fetchWith(agent, token), world.gateway, 'fake.echo', {});
      expect(answer.status).toBe(401);
    }
  });

  it('widens nothing at either end [IDN-22]', async () => {
    const narrow = { scope: 'read' };
    const { token } = await handOff(low, 'high', narrow);
    const taken = await takeOver(high, token, { scope: 'read write delete' });
    expect(taken.scope).toBe('read');
    const paid = await callTool(fetchWith(high, taken.token), world.gateway, 'fake.pay', {
      to: 'bob',
      amount: 1,
    });
    expect(paid.told?.code).toBe('identity/not-consented');
    expect((await handOff(low, 'high', { scope: 'everything' })).error).toBe('invalid_scope');
  });

  it('reaches nobody who is not listed, and nobody further than the documents say [DAT-09] [IDN-22]', async () => {
    await refused(await handOff(low, 'bystander'), 'identity/hand-off-not-listed');
    await refused(await handOff(high, 'low'), 'identity/hand-off-not-listed');
    const taken = await takeOver(high, (await handOff(low, 'high')).token);
    await refused(await handOff(high, 'bystander', {}, taken.token), 'identity/too-many-hops');
  });

  it('is refused stale: once what it was given for is over, and its fruits with it [DAT-08]', async () => {
    const stale = await world.instance.enrolAgent('low');
    const { token } = await handOff(stale, 'high');
    await world.instance.admin.request('POST', `/v1/instances/${stale.identity.instance}/revoke`, {
      reason: 'lost',
    });
    await refused(await takeOver(high, token), 'identity/delegation-ended');
  });

  it('loses what it got when whoever handed it on is put out [IDN-22]', async () => {
    const gone = await world.instance.enrolAgent('low');
    const taken = await takeOver(high, (await handOff(gone, 'high')).token);
    const send = fetchWith(high, taken.token);
    expect((await callTool(send, world.gateway, 'fake.echo', {})).told).toBeUndefined();
    await world.instance.admin.request('POST', `/v1/instances/${gone.identity.instance}/revoke`, {
      reason: 'lost',
    });
    const after = await callTool(send, world.gateway, 'fake.echo', {});
    expect(after.told?.code).toBe('standing/instance-revoked');
  });

  it('asks as a client of OAuth does, and is told no in its words', async () => {
    const answer = await askToken(low, {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: 'x.y.z',
    });
    expect([answer.status, answer.error]).toEqual([400, 'invalid_request']);
  });
});
