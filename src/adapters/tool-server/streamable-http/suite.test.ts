import { toolServerSuite } from '#contracts/tool-server.suite.ts';
import {
  type FakeToolServerOptions,
  startFakeToolServer,
} from '../../../../test/fakes/fake-tool-server/index.ts';
import { createStreamableHttpTransport } from './index.ts';

const kinds: readonly (readonly [string, FakeToolServerOptions])[] = [
  ['streamable HTTP to a modern server', { era: 'modern' }],
  ['streamable HTTP to a legacy server', { era: 'legacy' }],
  ['streamable HTTP to a modern server that streams', { era: 'modern', stream: true }],
  ['streamable HTTP to a legacy server that streams', { era: 'legacy', stream: true, pageSize: 2 }],
];

for (const [name, options] of kinds) {
  toolServerSuite(name, async () => {
    const fake = await startFakeToolServer(options);
    return {
      transport: createStreamableHttpTransport(),
      connect: { kind: 'http', url: fake.url },
      stop: () => fake.close(),
    };
  });
}
