import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkPortIsFree, checkPortsCanBeShared } from './shared-port.ts';

describe('a port that several gateways share', () => {
  it('needs a kernel that lets them; without one it is said what to do', async () => {
    const lacks = () => Promise.reject(new Error('ENOTSUP'));
    await expect(checkPortsCanBeShared(lacks)).rejects.toMatchObject({
      code: 'cli/usage',
      suggestedAction: expect.stringContaining('--gateways 1') as string,
    });
    await expect(checkPortsCanBeShared(() => Promise.resolve())).resolves.toBeUndefined();
  });

  it('is waited for while an earlier start ends there', async () => {
    const holder = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true });
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    setTimeout(() => holder.close(), 100);
    await expect(checkPortIsFree({ host: '127.0.0.1', port })).resolves.toBeUndefined();
  });

  it('is refused when somebody else has it, also one who would share it', async () => {
    const holder = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true });
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const check = checkPortIsFree({ host: '127.0.0.1', port });
    await expect(check).rejects.toMatchObject({ code: 'up/port-taken' });
    holder.close();
  });
});
