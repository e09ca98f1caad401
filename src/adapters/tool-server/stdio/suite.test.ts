import { fileURLToPath } from 'node:url';
import { toolServerSuite } from '#contracts/tool-server.suite.ts';
import { createStdioTransport } from './index.ts';

const fake = fileURLToPath(
  new URL('../../../../test/fakes/fake-tool-server/main.ts', import.meta.url),
);

toolServerSuite('stdio', () =>
  Promise.resolve({
    transport: createStdioTransport(),
    connect: {
      kind: 'stdio',
      command: process.execPath,
      args: [fake, 'stdio'],
      cwd: undefined,
      environment: {},
    },
    stop: () => Promise.resolve(),
  }),
);
