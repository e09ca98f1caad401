import type { SecretBook } from '#contracts/secret-book.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';

/** Secrets in memory, the newest version of each name; every call first lets others run. */
export class FakeSecretBook implements SecretBook {
  readonly #byTenant = new Map<string, Map<string, SealedSecret>>();

  async put({ tenant, secret }: { tenant: string; secret: SealedSecret }): Promise<void> {
    await Promise.resolve();
    const book = this.#byTenant.get(tenant) ?? new Map<string, SealedSecret>();
    book.set(secret.name, secret);
    this.#byTenant.set(tenant, book);
  }

  async remove({ tenant, name }: { tenant: string; name: string }): Promise<boolean> {
    await Promise.resolve();
    return this.#byTenant.get(tenant)?.delete(name) ?? false;
  }

  async rewrap(tenant: string, secret: SealedSecret, was: string): Promise<void> {
    await Promise.resolve();
    const book = this.#byTenant.get(tenant);
    if (book?.get(secret.name)?.wrappedKey === was) book.set(secret.name, secret);
  }

  async list(tenant: string): Promise<readonly SealedSecret[]> {
    await Promise.resolve();
    return [...(this.#byTenant.get(tenant)?.values() ?? [])];
  }
}
