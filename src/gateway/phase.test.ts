import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { toolTarget } from '#kernel/tool.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import { presented, type TestInstance } from '../../test/fakes/identity-world.ts';

const input = {
  type: 'object',
  properties: { amount: { type: 'integer' }, to: { type: 'string' } },
};
const permitting = '@id("yes") permit(principal, action, resource);';
const forbidding = `${permitting}\n@id("no") forbid(principal, action, resource);`;
const asking = '@id("ask") @approval("two") permit(principal, action, resource);';
const failing = `${permitting}\n@id("over") forbid(principal, action, resource) when { context.time * 1000000 * 1000000 * 1000000 > 0 };`;

const permissive = {
  definitions: [definition('pay', input), definition('wipe', input)],
  manifest: { tools: [{ tool: 'fake/pay' }], sensitivity: 'sensitive' },
  policies: [permitting],
  server: { results: { labels: [] }, tools: { pay: { effect: 'write' } } },
} satisfies WorldDocuments;

function inPhase(phase: string, over: Partial<WorldDocuments> = {}): WorldDocuments {
  const { server } = permissive;
  return { ...permissive, ...over, server: { ...server, ...over.server, phase } };
}

const bounded = { tools: [{ tool: 'fake/pay', arguments: { amount: { max: 5 } } }] };
const unlisted = { tools: [{ tool: 'fake/other' }] };

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(permissive);
  worker = await world.enrol();
});

function codeOf(answer: Outcome): string {
  return answer.kind === 'refused' ? answer.refusal.code : answer.kind;
}

async function ask(args: JsonObject = { amount: 9 }, tool = 'pay'): Promise<Outcome> {
  return world.ask(worker, tool, args);
}

const wouldHave = () => world.records.map((one) => one.wouldHave);

describe('a tool that is only observed', () => {
  it.each([
    ['is in no manifest', { manifest: unlisted }, 'refuse', ['tools/not-visible']],
    ['is outside its bounds', { manifest: bounded }, 'refuse', ['tools/outside-envelope']],
    ['is forbidden', { policies: [forbidding] }, 'refuse', ['policy/denied']],
    [
      'crosses a boundary of sensitivity',
      { manifest: { ...permissive.manifest, sensitivity: 'public' }, policies: [permitting] },
      'refuse',
      ['policy/denied'],
    ],
    ['would be held', { policies: [asking] }, 'hold', ['approvals/pending']],
    [
      'is in no manifest and forbidden as well',
      { manifest: unlisted, policies: [forbidding] },
      'refuse',
      ['tools/not-visible', 'policy/denied'],
    ],
  ] as const)(
    'is called although it %s, and intent and outcome say what would have been said [TOL-24]',
    async (_what, over, effect, codes) => {
      await world.publish({ ...permissive, ...over });
      const enforced = codeOf(await ask());
      expect(enforced).toBe(codes[0] === 'approvals/pending' ? 'held' : codes[0]);
      world.records.length = 0;
      await world.publish(inPhase('observe', over));
      const answer = await ask();
      expect(answer).toMatchObject({ kind: 'result', result: { content: [] } });
      expect(world.invocations).toHaveLength(1);
      expect(world.records.map(({ type }) => type)).toEqual(['policy.intent', 'policy.outcome']);
      const said = { phase: 'observe', effect, codes };
      expect(wouldHave()).toEqual([said, said]);
      const asked = await world.ledger.list({ tenant: 'main', limit: 10 });
      expect(asked).toHaveLength(enforced === 'held' ? 1 : 0);
    },
  );

  it('says nothing of a call that would have gone through anyway', async () => {
    await world.publish(inPhase('observe'));
    expect(codeOf(await ask())).toBe('result');
    expect(wouldHave()).toEqual([undefined, undefined]);
  });

  it('is listed behind what the manifest lists, and never past the limit [TOL-17]', async () => {
    const names = async () => {
      const answer = await world.send(await world.present(worker), { kind: 'list' });
      return answer.kind === 'listed' ? answer.page.items.map(({ name }) => name) : [];
    };
    const first = names();
    expect(await first).toHaveLength(1);
    const [pay] = await first;
    await world.publish(inPhase('observe', { manifest: { tools: [{ tool: 'fake/wipe' }] } }));
    const both = await names();
    expect(both).toHaveLength(2);
    expect(both[1]).toBe(pay);
    const one = { toolLimit: 1 };
    await world.publish(
      inPhase('observe', { agent: one, manifest: { tools: [{ tool: 'fake/wipe' }] } }),
    );
    expect(await names()).toEqual([both[0]]);
    expect(codeOf(await ask())).toBe('tools/not-visible');
    // What the limit cut of the manifest does not come back by its phase.
    const listed = { tools: [{ tool: 'fake/wipe' }, { tool: 'fake/pay' }] };
    await world.publish(inPhase('observe', { agent: one, manifest: listed }));
    expect(codeOf(await ask())).toBe('tools/not-visible');
  });

  it('is lent what its server is lent, although no manifest lists it', async () => {
    const credential = { secret: 'key', header: 'authorization' };
    await world.publish(
      inPhase('observe', {
        manifest: unlisted,
        secrets: { key: 'lent-value' },
        server: { credential },
      }),
    );
    expect(codeOf(await ask())).toBe('result');
    expect(world.invocations[0]?.lent).toMatchObject([{ value: 'lent-value' }]);
  });

  it('is enforced again with the next document, without a restart [TOL-24]', async () => {
    await world.publish(inPhase('observe', { manifest: unlisted }));
    expect(codeOf(await ask())).toBe('result');
    await world.publish(inPhase('enforce', { manifest: unlisted }));
    expect(codeOf(await ask())).toBe('tools/not-visible');
  });

  it('may be one tool of a server that is enforced, and one that is enforced of a server that is not', async () => {
    const tools = { pay: { effect: 'write', phase: 'observe' } };
    await world.publish(inPhase('enforce', { manifest: unlisted, server: { tools } }));
    expect([codeOf(await ask()), codeOf(await ask({}, 'wipe'))]).toEqual([
      'result',
      'tools/not-visible',
    ]);
    const other = { pay: { effect: 'write', phase: 'enforce' }, wipe: { effect: 'delete' } };
    await world.publish(inPhase('observe', { manifest: unlisted, server: { tools: other } }));
    expect([codeOf(await ask()), codeOf(await ask({}, 'wipe'))]).toEqual([
      'tools/not-visible',
      'result',
    ]);
  });

  it('is refused where a rule could not be judged, and where it asks for too much: no gate fails open', async () => {
    await world.publish(inPhase('observe', { manifest: unlisted, policies: [failing] }));
    expect(codeOf(await ask())).toBe('policy/evaluation-error');
    expect(world.invocations).toEqual([]);
  });

  it('is counted for those who wait for it to be enforced', async () => {
    await world.publish(inPhase('observe', { policies: [forbidding] }));
    await ask();
    await ask();
    await world.publish(inPhase('observe', { policies: [asking] }));
    await ask();
    // Of what never went out nothing is counted.
    world.recordsFail = 'policy.intent';
    await ask();
    const target = 'tool:fake/pay';
    expect(world.parts.softened.told()).toEqual({
      softened: [{ tenant: 'main', target, refuse: 2, hold: 1 }],
    });
  });
});

describe('a tool that warns', () => {
  it('says in the result what would have been said, by the words of the refusal and by no rule [TOL-24]', async () => {
    world.onCall = () => ({
      kind: 'answer',
      result: { content: [], _meta: { theirs: 1, 'dev.bailiwick/would-have': 'forged' } },
      bytes: 2,
    });
    await world.publish(inPhase('warn', { policies: [forbidding] }));
    const answer = await ask();
    const warning = {
      effect: 'refuse',
      codes: ['policy/denied'],
      message: 'this call will be refused once this tool is enforced',
    };
    expect(answer).toMatchObject({
      kind: 'result',
      result: { content: [], _meta: { theirs: 1, 'dev.bailiwick/would-have': warning } },
    });
    if (answer.kind !== 'result') return;
    expect(JSON.parse(answer.bytes.toString())).toEqual(answer.result);
    expect(JSON.stringify(answer.result)).not.toContain('"no"');
  });

  it('says nothing where there is nothing to warn of', async () => {
    await world.publish(inPhase('warn'));
    expect(await ask()).toMatchObject({ kind: 'result', result: { content: [] } });
    expect(JSON.stringify(await ask())).not.toContain('would-have');
  });
});

/** What no phase softens: brought to a world, whatever its documents are. */
const dangers: Readonly<
  Record<string, (room: GatewayWorld, documents: WorldDocuments) => Promise<unknown> | void>
> = {
  none: () => undefined,
  'a secret in the arguments': () => undefined,
  'an argument of another type': () => undefined,
  'an argument without a name': () => undefined,
  'a bearer without a key': () => undefined,
  stopped: (room) => room.overlay({ kind: 'all' }, 'stop'),
  'its tool stopped': (room) => room.overlay(payTarget, 'stop'),
  quarantined: (room) => room.overlay(payTarget, 'quarantine'),
  drifted(room) {
    const { state, tools } = room.parts;
    const view = state.configuration?.of(tools);
    if (view !== undefined) tools.quarantine.add(view, 'main', pay, 'another');
  },
  suspended: (room, documents) =>
    room.publish({ ...documents, agent: { ...documents.agent, suspended: true } }),
  'not approved': (room, documents) => room.publish({ ...documents, pinned: [] }),
  'no secret in the vault': (room, documents) =>
    room.publish({
      ...documents,
      server: { ...documents.server, credential: { secret: 'gone', header: 'authorization' } },
    }),
  'a schema nobody can check': (room, documents) => {
    const odd = definition('pay', { ...input, $ref: 'https://elsewhere.example/' });
    return room.publish({ ...documents, definitions: [odd] });
  },
  'no room for the intent': (room) => void (room.recordsFail = 'policy.intent'),
  'no room for the outcome': (room) => void (room.recordsFail = 'policy.outcome'),
  'a result that does not fit': (room) =>
    void (room.onCall = () => ({ kind: 'answer', result: { content: 'none' }, bytes: 2 })),
  'an upstream that fails': (room) =>
    void (room.onCall = () => {
      throw new TypeError('broken');
    }),
  'shutting down': (room) => room.control.shutDown(),
  'too fast': (room, documents) =>
    room.publish({ ...documents, agent: { ...documents.agent, rate: { perMinute: 1, burst: 1 } } }),
};

const pay = { server: 'fake', tool: 'pay' };
const payTarget = { kind: 'target', tenant: 'main', target: toolTarget(pay) } as const;
const token = ['gh', 'p_', 'aB3dE6gH9'.repeat(4)].join('');
const argsOf: Readonly<Record<string, JsonObject>> = {
  'a secret in the arguments': { amount: 9, to: token },
  'an argument of another type': { amount: 'nine' },
  'an argument without a name': { amount: 9, unheard: 1 },
};

/** How two calls end in a room, one after the other, and what left it. */
async function endsIn(documents: WorldDocuments, danger: string) {
  const room = await createGatewayWorld(documents);
  const by = await room.enrol();
  await dangers[danger]?.(room, documents);
  const ends: string[] = [];
  for (let time = 0; time < 2; time += 1) {
    const isBare = danger === 'a bearer without a key';
    const who = isBare ? presented({}) : await room.present(by);
    const args = argsOf[danger] ?? { amount: 9 };
    ends.push(codeOf(await room.send(who, { kind: 'invoke', tool: 'fake.pay', args })));
  }
  return { ends, calls: room.invocations.length, records: room.records };
}

describe('a tool that no manifest lists', () => {
  it('takes no name from one that is listed and looks like it, while a phase does not enforce [TOL-24]', async () => {
    const alike = ['pay', 'Pay', 'PAY'].map((name) => definition(name, input));
    await world.publish(inPhase('observe', { definitions: alike }));
    expect(codeOf(await ask())).toBe('result');
    for (const tool of ['Pay', 'PAY']) {
      expect([tool, codeOf(await ask({ amount: 9 }, tool))]).toEqual([
        tool,
        'tools/ambiguous-name',
      ]);
    }
    expect(await listed()).toEqual(['fake__pay']);
    // Of those that nobody lists none can be told from the other.
    await world.publish(inPhase('observe', { definitions: alike, manifest: unlisted }));
    expect(codeOf(await ask())).toBe('tools/ambiguous-name');
  });
});

async function listed(): Promise<readonly unknown[]> {
  const told = await world.send(await world.present(worker), { kind: 'list' });
  const items = told.kind === 'listed' ? told.page.items : [];
  return items.map(({ name }) => name);
}

const numRuns = Number(process.env['BAILIWICK_PHASE_RUNS'] ?? 40);
const seed = Number(process.env['BAILIWICK_PHASE_SEED'] ?? 43);

describe('every phase', () => {
  it(
    'lets through what manifest, bounds and policy would have to permit, and weakens nothing beside them [TOL-24]',
    async () => {
      const softDocuments = fc.record({
        phase: fc.constantFrom('observe', 'warn'),
        manifest: fc.constantFrom<JsonObject>(permissive.manifest, bounded, unlisted),
        policies: fc.constantFrom([permitting], [forbidding], [asking], []),
      });
      await fc.assert(
        fc.asyncProperty(
          softDocuments,
          fc.constantFrom(...Object.keys(dangers)),
          async ({ phase, ...over }, danger) => {
            const soft = await endsIn(inPhase(phase, over), danger);
            const free = await endsIn(permissive, danger);
            // What nobody approved is listed by no phase: it is not even there.
            const isNowhere = danger === 'not approved' && over.manifest === unlisted;
            const ends = isNowhere ? ['tools/not-visible', 'tools/not-visible'] : free.ends;
            expect({ ends: soft.ends, calls: soft.calls }).toEqual({ ends, calls: free.calls });
            // What went out is on record as before, and says so when it would not have gone.
            expect(soft.records.map(({ type }) => type)).toEqual(
              free.records.map(({ type }) => type),
            );
            const enforced = await endsIn(inPhase('enforce', over), danger);
            const differs = enforced.calls < soft.calls;
            const said = soft.records.some((one) => one.wouldHave?.phase === phase);
            if (differs) expect(said).toBe(true);
            expect(enforced.records.every((one) => one.wouldHave === undefined)).toBe(true);
          },
        ),
        // Others than these come with every seed that `./bailiwick soak` is given.
        { numRuns, seed },
      );
    },
    120_000 + numRuns * 1_000,
  );
});
