import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createAgentFetch } from './agent-fetch.ts';
import { createChannelFetch } from './channel-fetch.ts';
import { enrol, type EnrolledIdentity } from './enrol.ts';
import { loadIdentity, saveIdentity } from './identity-file.ts';
import { generateInstanceKey, type InstanceKey } from './key.ts';

export interface OpenAgentOptions {
  /** Where the key and its identity are kept, readable by their owner alone. */
  readonly file: string;
  readonly control: string;
  readonly gateway: string;
  /** Asked for when nothing is kept yet; a join token is good once. */
  readonly joinToken?: string | (() => Promise<string>);
  /** Instead of a join token: by which the platform vouches for this workload. */
  readonly workloadToken?: string | (() => Promise<string>);
  /** The certificate of a gateway by https: then the channel proves the key (mutual TLS). */
  readonly ca?: string;
}

export interface OpenAgent {
  readonly identity: EnrolledIdentity;
  readonly key: InstanceKey;
  /** For any MCP client that lets a fetch be given. */
  readonly fetch: typeof fetch;
}

/**
 * The same agent instance at every start: enrolled the first time, loaded from its file from then on.
 * INVARIANT: what is kept is never replaced, so that an instance that was revoked stays so.
 */
export async function openAgent(options: OpenAgentOptions): Promise<OpenAgent> {
  const { control, gateway, ca } = options;
  const { identity, key } = (await kept(options.file)) ?? (await enrolNew(options));
  const isChannel = ca !== undefined && gateway.startsWith('https:');
  const own = isChannel
    ? createChannelFetch({ gateway, key, ca })
    : createAgentFetch({ control, gateway, key, identity });
  return { identity, key, fetch: own };
}

async function kept(
  file: string,
): Promise<{ identity: EnrolledIdentity; key: InstanceKey } | undefined> {
  try {
    return await loadIdentity(file);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  }
}

async function enrolNew(options: OpenAgentOptions) {
  const { file, control, gateway } = options;
  const joinToken = await valueOf(options.joinToken);
  const workloadToken = joinToken === undefined ? await valueOf(options.workloadToken) : undefined;
  if ((joinToken ?? workloadToken) === undefined) {
    throw new Error(
      `no identity is kept in ${file}; get a join token with \`bailiwick agent token NAME\``,
    );
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const key = generateInstanceKey();
  const word = joinToken === undefined ? { workloadToken: workloadToken ?? '' } : { joinToken };
  const identity = await enrol({ control, key, ...word });
  await saveIdentity(file, identity, key, { control, gateway });
  return { identity, key };
}

async function valueOf(given: string | (() => Promise<string>) | undefined) {
  return typeof given === 'function' ? given() : given;
}
