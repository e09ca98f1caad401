import { fileURLToPath } from 'node:url';
import { toolServerSuite } from '#contracts/tool-server.suite.ts';
import { testHomes } from '../../../../test/fakes/test-homes.ts';
import { createStdioTransport } from './index.ts';

const homes = testHomes();

const fake = fileURLToPath(
  new URL('../../../../test/fakes/fake-tool-server/main.ts', import.meta.url),
);

for (const era of ['legacy', 'modern', 'both']) {
  toolServerSuite(`stdio to a server of era ${era}`, () =>
    Promise.resolve({
      transport: createStdioTransport({ homes }),
      connect: {
        kind: 'stdio',
        command: process.execPath,
        args: [fake, 'stdio'],
        cwd: undefined,
        environment: { FAKE_ERA: era },
      },
      stop: () => Promise.resolve(),
    }),
  );
}
