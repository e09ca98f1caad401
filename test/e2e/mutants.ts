import { join } from 'node:path';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { createStreamableHttpTransport } from '#adapters/tool-server/streamable-http/index.ts';
import {
  createPipeline,
  createStages,
  type Stage,
  type StageName,
  type Stages,
} from '#gateway/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { systemClock } from '#kernel/time.ts';
import { type GatewayParts, openGatewayParts } from '../../src/programs/gateway/parts.ts';
import { followFeeds, serveGateway } from '../../src/programs/gateway/serve.ts';
import { openJournal } from '#storage/journal/index.ts';
import { connectStatePort } from '#storage/socket/index.ts';
import { startIntegrator } from '#storage/tiles/index.ts';
import type { Instance } from './instance.ts';

export interface MutantGateway {
  readonly gateway: string;
  close(): Promise<void>;
}

/**
 * A second gateway of a running instance, with one stage replaced by one that lets everything pass.
 * It exists in this composition only: the product has no such switch.
 */
export async function startMutant(instance: Instance, mutated: StageName): Promise<MutantGateway> {
  const writer = `mutant-${mutated}`;
  const keyring = await createFileKeyring({ folder: instance.keys });
  const journalFolder = join(instance.data, 'journal', writer);
  const journal = await openJournal({ folder: journalFolder, segmentBytes: 4_194_304 });
  const integrator = startIntegrator({
    journalFolder,
    logRoot: join(instance.data, 'log'),
    writer,
    signerKeyPkcs8: await keyring.signerKeyPkcs8('log'),
    onError: () => undefined,
  });
  const port = connectStatePort({ path: join(instance.data, 'run', 'state.sock'), name: writer });
  const parts = await openGatewayParts({
    port,
    journal,
    keyring,
    transports: [createStreamableHttpTransport()],
    clock: systemClock,
    writer,
    tenant: 'main',
    onListChanged: () => undefined,
  });
  const stages: Stages = { ...createStages(parts), [mutated]: openGate(parts, mutated) };
  const pipeline = createPipeline({ stages, terminal: parts.terminal, clock: systemClock });
  parts.refresh.attach(pipeline);
  port.onGateways((count) => parts.control.takeGateways(count));
  const feeds = followFeeds(parts, port, () => undefined);
  await feeds.ready;
  const serving = await serveGateway(parts, pipeline, {
    tenant: 'main',
    version: 'mutant',
    listen: { host: '127.0.0.1', port: 0 },
    tls: undefined,
  });
  return {
    gateway: serving.url,
    async close() {
      await serving.close(100);
      feeds.stop();
      await parts.upstreams.close();
      await journal.close();
      await integrator.stop();
      await port.close();
    },
  };
}

/** The stage without its question: it fills in what later stages need and says yes. */
function openGate(parts: GatewayParts, name: StageName): Stage {
  switch (name) {
    case 'admit':
      return (walk) =>
        void ((walk.snapshot = parts.state.snapshot), (walk.overlayNumber = 0)) as undefined;
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
        const { call, snapshot, principal } = walk;
        const tenant = snapshot?.tenants['main'];
        const server = tenant?.servers[call.tool?.server ?? ''];
        const agent = tenant?.agents[principal?.agent ?? ''];
        if (call.kind === 'list') walk.page = { tools: [], nextCursor: undefined };
        if (
          call.kind !== 'invoke' ||
          tenant === undefined ||
          server === undefined ||
          agent === undefined
        ) {
          return undefined;
        }
        const tool = call.tool?.tool ?? '';
        const pinned = tenant.pins['fake']?.[tool] ?? {
          tool,
          digest: sha256Hex(tool),
          definition: {},
          approvedBy: '',
          approvedAt: 0,
        };
        const manifest = tenant.manifests[agent.manifest];
        if (manifest === undefined) return undefined;
        walk.argumentsDigest = sha256Hex(call.argumentBytes);
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
      return (walk) => void (walk.intent = '01990000-0000-7000-8000-000000000000') as undefined;
    case 'lend':
      return (walk) => void (walk.loan = { lent: [], leases: [] }) as undefined;
    case 'forward':
      return (walk) => {
        walk.effect = 'done';
        walk.answer = {
          kind: 'answer',
          result: { content: [{ type: 'text', text: 'nothing' }] },
          bytes: 0,
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
