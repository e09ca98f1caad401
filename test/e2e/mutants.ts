import type { Stage, StageName } from '#gateway/index.ts';
import { contentOf } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { GatewayParts } from '../../src/programs/gateway/parts.ts';
import type { Instance } from './instance.ts';
import { type SecondGateway, startSecondGateway } from './second-gateway.ts';

/**
 * A second gateway with one stage replaced by one that lets everything pass. It exists in this
 * composition only: the product has no such switch.
 */
export function startMutant(instance: Instance, mutated: StageName): Promise<SecondGateway> {
  return startSecondGateway(instance, `mutant-${mutated}`, (stages, parts) => ({
    ...stages,
    [mutated]: openGate(parts, mutated),
  }));
}

/** The stage without its question: it fills in what later stages need and says yes. */
function openGate(parts: GatewayParts, name: StageName): Stage {
  switch (name) {
    case 'admit':
      return (walk) => {
        walk.configuration = parts.state.configuration;
        return undefined;
      };
    case 'identify':
      return (walk) => {
        const first = Object.values(parts.state.roster.instances).find(
          (one) => one.agent === 'worker',
        );
        walk.principal = {
          kind: walk.call.front === 'internal' ? 'system' : 'agent',
          tenant: 'main',
          agent: walk.call.front === 'internal' ? 'system/refresh' : 'worker',
          instance: first?.instance ?? 'anybody',
          user: undefined,
          task: 't',
          session: `s-${walk.call.connection.id}`,
          hops: [],
          binding: 'none',
          keyThumbprint: undefined,
        };
        return undefined;
      };
    case 'resolve':
      return (walk) => {
        const { call, configuration, principal } = walk;
        const content = contentOf(call.action);
        const tenant = configuration?.snapshot.tenants['main'];
        const server = tenant?.servers[content?.target?.owner ?? ''];
        const agent = tenant?.agents[principal?.agent ?? ''];
        if (call.action.kind === 'tool-list') walk.page = { tools: [], nextCursor: undefined };
        if (
          call.action.kind !== 'tool-call' ||
          content === undefined ||
          tenant === undefined ||
          server === undefined ||
          agent === undefined
        ) {
          return undefined;
        }
        const tool = content.target?.name ?? '';
        const pinned = tenant.pins['fake']?.[tool] ?? {
          tool,
          digest: sha256Hex(tool),
          definition: {},
          approvedBy: '',
          approvedAt: 0,
        };
        const manifest = tenant.manifests[agent.manifest];
        if (manifest === undefined) return undefined;
        walk.argumentsDigest = sha256Hex(content.argumentBytes);
        walk.tool = {
          id: { server: server.name, tool },
          agent,
          manifest: {
            ...manifest,
            tools: [...manifest.tools, { server: server.name, tool, bounds: {} }],
          },
          server,
          pinned,
          toolClass: server.tools[tool] ?? { ...server.defaultClass, effect: 'read' },
          outsideEnvelope: undefined,
        };
        return undefined;
      };
    case 'decide':
      return (walk) => {
        walk.decision = {
          effect: 'allow',
          rules: ['mutant'],
          policyDigest: '0000000000000000',
          questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
          approvalClass: undefined,
          explanation: '',
          errors: [],
        };
        return undefined;
      };
    case 'intend':
      return (walk) => {
        walk.intent = '01990000-0000-7000-8000-000000000000';
        return undefined;
      };
    case 'lend':
      return (walk) => {
        walk.loan = { lent: [], leases: [] };
        return undefined;
      };
    case 'forward':
      return (walk) => {
        walk.effect = 'done';
        walk.answer = {
          kind: 'answer',
          result: { content: [{ type: 'text', text: 'nothing' }] },
          redactions: 0,
        };
        walk.result = {};
        walk.resultBytes = canonicalBytes({});
        return undefined;
      };
    case 'inspect-out':
      return (walk) => {
        if (walk.answer?.kind === 'answer') {
          walk.result = walk.answer.result;
          walk.resultBytes = canonicalBytes(walk.answer.result);
        }
        return undefined;
      };
    case 'standing':
    case 'inspect-in':
    case 'approve':
    case 'settle':
      return () => undefined;
  }
}
