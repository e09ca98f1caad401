import type {
  EnrolledInstance,
  InstanceBook,
  JoinToken,
  UnboundToken,
} from '#contracts/instance-book.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** The book in memory: each method is one step, as a transaction would be. */
export class FakeInstanceBook implements InstanceBook {
  readonly #tokens = new Map<string, JoinToken>();
  readonly #instances = new Map<string, EnrolledInstance>();
  readonly #assertions = new Set<string>();
  readonly #unbound = new Map<string, UnboundToken>();

  async addJoinToken(token: JoinToken): Promise<void> {
    this.#tokens.set(token.tokenDigest, token);
  }

  async openJoinToken(
    tokenDigest: string,
    now: number,
  ): Promise<Pick<JoinToken, 'tenant' | 'agent'> | undefined> {
    const token = this.#tokens.get(tokenDigest);
    return token === undefined || token.expiresAt <= now ? undefined : token;
  }

  async enrol(join: Parameters<InstanceBook['enrol']>[0]): Promise<EnrolledInstance> {
    const { tokenDigest, instance, thumbprint, jwk, now } = join;
    const token = this.#tokens.get(tokenDigest);
    if (token === undefined || token.expiresAt <= now) {
      throw new BailiwickError('identity/join-token-invalid');
    }
    if (this.#instances.has(thumbprint)) throw new BailiwickError('identity/key-in-use');
    this.#tokens.delete(tokenDigest);
    const { tenant, agent } = token;
    const enrolledAt = now;
    const fresh = { tenant, agent, instance, thumbprint, jwk, enrolledAt, revokedAt: undefined };
    this.#instances.set(thumbprint, fresh);
    return fresh;
  }

  async byThumbprint(thumbprint: string): Promise<EnrolledInstance | undefined> {
    return this.#instances.get(thumbprint);
  }

  async list(tenant: string, agent?: string): Promise<readonly EnrolledInstance[]> {
    const all = await this.listAll();
    return all.filter((one) => one.tenant === tenant && (agent ?? one.agent) === one.agent);
  }

  async ofAgents(tenant: string, agents: readonly string[]): Promise<readonly EnrolledInstance[]> {
    return (await this.list(tenant)).filter(({ agent }) => agents.includes(agent));
  }

  async listAll(): Promise<readonly EnrolledInstance[]> {
    return [...this.#instances.values()];
  }

  async revoke(
    tenant: string,
    instance: string,
    now: number,
  ): Promise<EnrolledInstance | undefined> {
    const found = (await this.list(tenant)).find((one) => one.instance === instance);
    if (found === undefined) return undefined;
    const revoked = { ...found, revokedAt: found.revokedAt ?? now };
    this.#instances.set(found.thumbprint, revoked);
    return revoked;
  }

  async noteUnbound(token: Parameters<InstanceBook['noteUnbound']>[0]): Promise<void> {
    for (const [instance, { expiresAt }] of this.#unbound) {
      if (expiresAt <= token.issuedAt) this.#unbound.delete(instance);
    }
    this.#unbound.set(token.instance, { ...token, revokedAt: undefined });
  }

  async unbound(tenant: string): Promise<readonly UnboundToken[]> {
    return [...this.#unbound.values()].filter((one) => one.tenant === tenant);
  }

  async revokeUnbound(
    tenant: string,
    instance: string,
    now: number,
  ): Promise<UnboundToken | undefined> {
    const found = (await this.unbound(tenant)).find((one) => one.instance === instance);
    if (found === undefined) return undefined;
    const revoked = { ...found, revokedAt: found.revokedAt ?? now };
    this.#unbound.set(instance, revoked);
    return revoked;
  }

  async rememberAssertion(thumbprint: string, jti: string): Promise<boolean> {
    const key = `${thumbprint} ${jti}`;
    if (this.#assertions.has(key)) return false;
    this.#assertions.add(key);
    return true;
  }
}
