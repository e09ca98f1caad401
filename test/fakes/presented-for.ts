import type { MintAsk } from '#contracts/token-mint.ts';
import type { Presented } from '#kernel/call.ts';
import type { UserLeg } from '#kernel/principal.ts';
import type { GatewayWorld } from './gateway-world.ts';

/** As control issues it to a client in which this user has signed in. */
export function presentedFor(
  world: GatewayWorld,
  user: UserLeg | undefined,
  over: Partial<MintAsk> = {},
): Presented {
  const name = user?.subject ?? 'nobody';
  const now = world.identity.clock.now();
  const { accessToken } = world.identity.enrolment.mint({
    id: `d-${name}`,
    client: 'cursor',
    issuedAt: now,
    user,
    hops: [],
    task: `t-${name}`,
    session: `s-${name}`,
    effects: ['read', 'write', 'delete'],
    isScoped: false,
    actor: { tenant: 'main', agent: 'worker', instance: `c-${name}` },
    thumbprint: undefined,
    expiresAt: now + 900_000,
    ...over,
  });
  return {
    authorization: `Bearer ${accessToken}`,
    dpop: undefined,
    method: 'POST',
    url: 'http://127.0.0.1:4010/mcp',
    clientCertificate: undefined,
    ambiguous: false,
  };
}
