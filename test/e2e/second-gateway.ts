import { join } from 'node:path';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { createStreamableHttpTransport } from '#adapters/tool-server/streamable-http/index.ts';
import { createPipeline, createStages, type Stages } from '#gateway/index.ts';
import { systemClock } from '#kernel/time.ts';
import { openJournal } from '#storage/journal/index.ts';
import { connectStatePort } from '#storage/socket/index.ts';
import { startIntegrator } from '#storage/tiles/index.ts';
import { type GatewayParts, openGatewayParts } from '../../src/programs/gateway/parts.ts';
import { followFeeds, serveGateway } from '../../src/programs/gateway/serve.ts';
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
  const stages = alter(createStages(parts), parts);
  const pipeline = createPipeline({ stages, terminal: parts.terminal, clock: systemClock });
  parts.refresh.attach(pipeline);
  port.onGateways((count) => parts.control.takeGateways(count));
  const feeds = followFeeds(parts, port, () => undefined);
  await feeds.ready;
  const serving = await serveGateway(parts, pipeline, {
    tenant: 'main',
    version: 'second',
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
