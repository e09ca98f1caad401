import type { StageName, Stages } from '#gateway/index.ts';
import { Attempt } from '#gateway/attempt.ts';
import type { Stood } from '#gateway/progress.ts';
import type { Subject } from '#gateway/subject.ts';
import { entriesOf } from '#contracts/section.ts';
import { contentOf } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { noLabels } from '#kernel/label.ts';
import { exactly } from '#kernel/manifest.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';
import { wireName } from '#contracts/wire-name.ts';
import { providers } from '#planes/models/index.ts';
import { emptyLoan } from '#planes/credentials/index.ts';
import type { GatewayParts } from '../../src/programs/gateway/parts.ts';
import type { Instance } from './instance.ts';
import { type SecondGateway, startSecondGateway } from './second-gateway.ts';

/**
 * A second gateway with one stage replaced by one that lets everything pass. It exists in this
 * composition only: the product has no such switch.
 */
export function startMutant(instance: Instance, mutated: StageName): Promise<SecondGateway> {
  return startSecondGateway(instance, `mutant-${mutated}`, (stages, parts) => {
    const open = openGates(parts);
    return mutated === 'resolve'
      ? { ...stages, resolve: open.resolve, tell: open.tell }
      : { ...stages, [mutated]: open[mutated] };
  });
}

type OpenParts = Pick<GatewayParts, 'state' | 'tools' | 'upstreams'>;

/** Each stage without its question: it finds what later stages need and says yes. */
export function openGates(parts: OpenParts): Stages {
  return {
    admit: () => {
      const { configuration, overlay } = parts.state;
      if (configuration === undefined) throw new Error('the world has no configuration');
      return { configuration, overlayNumber: overlay.number };
    },
    identify: ({ call }) => {
      const first = Object.values(parts.state.roster.instances).find(
        (one) => one.agent === 'worker',
      );
      // Whoever asks what only the gateway asks is believed to be it.
      const isOurs = call.front === 'internal' || call.action.kind === 'refresh';
      return {
        principal: {
          kind: isOurs ? 'system' : 'agent',
          tenant: 'main',
          agent: isOurs ? 'system/refresh' : 'worker',
          instance: first?.instance ?? 'anybody',
          user: undefined,
          task: 't',
          session: `s-${call.connection.id}`,
          hops: [],
          binding: 'none',
          keyThumbprint: undefined,
        },
      };
    },
    standing: ({ principal, overlayNumber, configuration }) => ({
      agent: configuration.of(parts.tools).agent(principal),
      overlayNumber,
    }),
    tell: ({ configuration: { snapshot } }) => ({
      page: { items: everyName(snapshot).map((name) => ({ name })), nextCursor: undefined },
    }),
    resolve: (walk) => {
      const content = contentOf(walk.call.action);
      return {
        subject: anySubject(parts, walk),
        argumentsDigest: sha256Hex(content?.argumentBytes ?? ''),
      };
    },
    'inspect-in': () => ({ labelsIn: noLabels }),
    decide: () => ({
      decision: {
        effect: 'allow',
        rules: ['mutant'],
        policyDigest: '0000000000000000',
        questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
        approvalClass: undefined,
        explanation: '',
        errors: [],
      },
    }),
    approve: () => ({ approval: undefined }),
    intend: () => ({ intent: '01990000-0000-7000-8000-000000000000' }),
    lend: () => ({ loan: emptyLoan, attempt: new Attempt() }),
    forward: ({ attempt }) => {
      attempt.effect = 'done';
      const result = { content: [{ type: 'text', text: 'nothing' }] };
      return { answer: { kind: 'answer', result, redactions: 0 } };
    },
    'inspect-out': ({ answer }) => ({
      result: answer.result,
      resultBytes: canonicalBytes(answer.result),
    }),
    'goes-on': () => ({}),
    'inspect-window': () => ({}),
    'settle-window': () => ({}),
    // The id of what was recorded before, where there is any: nothing is written.
    settle: (walk: Stood & { readonly intent?: string }) => ({ recordId: walk.intent ?? '' }),
  };
}

/** Of all tools and models that there are, whoever asks. */
function everyName({ tenants }: Snapshot): readonly string[] {
  return Object.values(tenants).flatMap((tenant) => [
    ...Object.entries(tenant.pins).flatMap(([server, pins]) =>
      Object.keys(pins).map((tool) => wireName({ server, tool })),
    ),
    ...Object.values(entriesOf(tenant, providers)).flatMap(({ name, models }) =>
      Object.keys(models).map((model) => `${name}/${model}`),
    ),
  ]);
}

/** Whatever is asked for, of whatever server, as if its manifest and its approval were there. */
function anySubject(parts: OpenParts, walk: Stood): Subject {
  const { call, principal } = walk;
  const { snapshot } = walk.configuration;
  const content = contentOf(call.action);
  const { owner = '', name = '' } = content?.target ?? {};
  const tenant = snapshot.tenants['main'];
  // What is no tool of a server is asked of one all the same.
  const server = tenant?.servers[owner] ?? Object.values(tenant?.servers ?? {})[0];
  const named = tenant?.manifests[tenant.agents[principal.agent]?.manifest ?? ''];
  const manifest = named ?? Object.values(tenant?.manifests ?? {})[0];
  if (server === undefined || manifest === undefined) throw new Error('no such server');
  const id = { server: server.name, tool: name };
  const all = { ...manifest, targets: [...manifest.targets, exactly(toolTarget(id))] };
  // What nobody resolved is lent nothing.
  const borrows = { owner: { ...server, credentials: [] }, target: toolTarget(id), manifest: all };
  return {
    target: { ...(content?.target ?? { kind: 'tool', name }), owner: server.name },
    digest: tenant?.pins[owner]?.[name]?.digest ?? sha256Hex(name),
    manifest: manifest.name,
    environment: 'production',
    subjectClass: server.tools[name] ?? { ...server.defaultClass, effect: 'read' },
    questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
    outsideEnvelope: undefined,
    lane: undefined,
    decided: undefined,
    looksAt: undefined,
    borrows,
    async exchange({ loan }, attempt) {
      const upstream = await parts.upstreams.open({
        principal,
        server,
        borrows,
        configuration: walk.configuration,
      });
      if (isRefusal(upstream)) return upstream;
      attempt.leaves();
      return upstream.call({
        callId: call.id,
        tool: name,
        argumentBytes: content?.argumentBytes ?? Buffer.from('{}'),
        lent: loan.lent,
        timeoutMs: server.timeoutMs,
        resultBytes: server.resultBytes,
        signal: call.signal,
        trace: undefined,
      });
    },
    fit: (result) => canonicalBytes(result),
  };
}
