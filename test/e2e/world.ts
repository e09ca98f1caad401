import { canary, type World } from './cases.ts';
import { estate } from './documents.ts';
import { type Instance, type InstanceOptions, startInstance } from './instance.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { listTools } from './wire.ts';

export interface RunningWorld extends World {
  readonly instance: Instance;
  readonly upstream: Upstream;
  close(): Promise<void>;
}

/** The product over one fake tool server, with its credential in the vault and its tools pinned. */
export async function startWorld(
  extra = '',
  options: Pick<InstanceOptions, 'diskBytes' | 'args' | 'env'> = {},
): Promise<RunningWorld> {
  const upstream = await startUpstream();
  const instance = await startInstance({ ...options, documents: estate(upstream.url, extra) });
  await instance.admin.request('PUT', '/v1/secrets/fake-key', { value: canary });
  await toolsAreServed(instance);
  return {
    gateway: instance.gateway,
    instance,
    upstream,
    async close() {
      await instance.remove();
      await upstream.close();
    },
  };
}

/** Pinning is asynchronous: the gateway looks, control pins, the gateway hears. */
export async function toolsAreServed(
  instance: Instance,
  gateway = instance.gateway,
): Promise<void> {
  const agent = await instance.enrolAgent('worker');
  for (let tries = 0; tries < 100; tries += 1) {
    const list = await listTools(agent.fetch, gateway);
    if ((list.body.result?.tools?.length ?? 0) >= 10) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the tools were not served\n${instance.output()}`);
}
