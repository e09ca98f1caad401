import { join } from 'node:path';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { createStreamableHttpTransport } from '#adapters/tool-server/streamable-http/index.ts';
import {
  createPipeline,
  createStages,
  followFeeds,
  serveGateway,
  type Stages,
} from '#gateway/index.ts';
import { systemClock } from '#kernel/time.ts';
import { connectStatePort } from '#storage/socket/index.ts';
import { protocols } from '../../src/programs/gateway/catalogue.ts';
import { type GatewayParts, openGatewayParts } from '../../src/programs/gateway/parts.ts';
import { openProgramLog } from '../../src/programs/program-log.ts';
import type { Instance } from './instance.ts';

export interface SecondGateway {
  readonly gateway: string;
  close(): Promise<void>;
}

/** Another gateway of a running instance, composed in this process; its stages may be altered. */
export async function startSecondGateway(
  instance: Instance,
  writer: string,
  alter: (stages: Stages, parts: GatewayParts) => Stages = (stages) => stages,
): Promise<SecondGateway> {
  const keyring = await createFileKeyring({ folder: instance.keys });
  const port = connectStatePort({ path: join(instance.data, 'run', 'state.sock'), name: writer });
  const log = await openProgramLog({
    data: instance.data,
    writer,
    tenant: 'main',
    ratchetFolder: join(instance.keys, 'ratchet'),
    keyring,
    clock: systemClock,
    lentKeys: port.payloadKeys,
  });
  const parts = await openGatewayParts({
    port,
    recorder: log.recorder,
    sealer: log.sealer,
    tenants: log.tenants,
    keyring,
    transports: [createStreamableHttpTransport()],
    clock: systemClock,
    writer,
    gateway: port.gateway,
    tenant: 'main',
    onListChanged: () => undefined,
  });
  const stages = alter(createStages(parts), parts);
  const pipeline = createPipeline({ ...parts, stages });
  port.onGateways((count, term) => parts.control.takeGateways(count, term));
  const feeds = followFeeds(parts, port, {
    tenant: 'main',
    servers: () => undefined,
    refused: () => undefined,
    settled: () => port.tellNow(),
  });
  await feeds.ready;
  await parts.unreconciled.tell();
  const serving = await serveGateway(parts, pipeline, {
    tenant: 'main',
    protocols: protocols({ name: 'bailiwick', version: 'second' }),
    listen: { host: '127.0.0.1', port: 0 },
    tls: undefined,
  });
  return {
    gateway: serving.url,
    async close() {
      await serving.close(100);
      feeds.stop();
      await parts.upstreams.close();
      await parts.modelConnections.close();
      await parts.unreconciled.leave();
      await log.close();
      await port.close();
    },
  };
}
