import { join } from 'node:path';
import { alone, type Fellows, type FellowServices } from '#contracts/fellows.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { IdentityGateOptions } from '#planes/identity/index.ts';
import { type ConnectedFellows, connectFellows } from '#storage/socket/index.ts';
import type { GatewaySettings } from '../settings.ts';

type Among = Pick<GatewaySettings, 'among' | 'data'>;

/** The other gateways of the listener; one that has it alone meets nobody. */
export function fellowsOf({ among, data }: Among): ConnectedFellows {
  const { index, count, nonceKey } = among;
  if (count === 1) return nobody;
  // INVARIANT: who does not have the key of this start does not belong to it.
  const circle = sha256Hex(`fellows\n${nonceKey}`);
  return connectFellows({ folder: join(data, 'run'), index, count, circle });
}

const nobody: ConnectedFellows = {
  ...(alone satisfies Fellows),
  meet: async (_services: FellowServices) => undefined,
  close: async () => undefined,
};

export function noncesOf({ among }: Among): NonNullable<IdentityGateOptions['nonces']> {
  return {
    key: Buffer.from(among.nonceKey, 'base64url'),
    generation: among.generation,
    machineMs: () => Number(process.hrtime.bigint() / 1_000_000n),
  };
}
