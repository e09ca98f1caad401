import type { DestroyedKey, PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** A key book in memory. */
export class FakePayloadKeys implements PayloadKeyBook {
  readonly #keys = new Map<string, PayloadKey>();
  readonly #destroyed = new Map<string, readonly DestroyedKey[]>();
  readonly #listeners = new Set<Parameters<PayloadKeyBook['onDestroyed']>[0]>();

  async of(tenant: string, subject: string): Promise<PayloadKey | undefined> {
    return this.#keys.get(`${tenant}\n${subject}`);
  }

  async like(tenant: string, subject: string, most: number): Promise<readonly string[]> {
    const own = [...this.#keys.keys()].filter((name) => name.startsWith(`${tenant}\n`));
    const names = own.map((name) => name.slice(tenant.length + 1));
    return names
      .filter((name) => name[0]?.toLowerCase() === subject[0]?.toLowerCase())
      .slice(0, most);
  }

  async byHandle(tenant: string, handle: string): Promise<PayloadKey | undefined> {
    const own = [...this.#keys].filter(([name]) => name.startsWith(`${tenant}\n`));
    return own.find(([, key]) => key.handle === handle)?.[1];
  }

  async keep({ tenant, subject, key }: Parameters<PayloadKeyBook['keep']>[0]): Promise<PayloadKey> {
    const stands = this.#keys.get(`${tenant}\n${subject}`);
    if (stands === undefined && (await this.destroyed(tenant, key.handle)) !== undefined) {
      throw new BailiwickError('store/conflict');
    }
    const kept = this.#keys.get(`${tenant}\n${subject}`) ?? key;
    this.#keys.set(`${tenant}\n${subject}`, kept);
    return kept;
  }

  async destroy(gone: Parameters<PayloadKeyBook['destroy']>[0]): Promise<boolean> {
    const { tenant, handle, record, now: at } = gone;
    const own = [...this.#keys].filter(([name]) => name.startsWith(`${tenant}\n`));
    const found = own.find(([, key]) => key.handle === handle);
    const was = found !== undefined && this.#keys.delete(found[0]);
    if ((await this.destroyed(tenant, handle)) !== undefined) return was;
    const before = this.#destroyed.get(tenant) ?? [];
    const key = { number: before.length + 1, handle, record, at };
    this.#destroyed.set(tenant, [...before, key]);
    for (const listener of this.#listeners) listener(tenant, key);
    return was;
  }

  async rewrap(...[form, anew]: Parameters<PayloadKeyBook['rewrap']>): Promise<number> {
    let count = 0;
    for (const [name, key] of this.#keys) {
      const isOld = !key.wrappedKey.startsWith(form);
      const wrappedKey = isOld ? anew(name.slice(0, name.indexOf('\n')), key) : undefined;
      if (wrappedKey === undefined) continue;
      this.#keys.set(name, { ...key, wrappedKey });
      count += 1;
    }
    return count;
  }

  async destroyed(tenant: string, handle: string): Promise<DestroyedKey | undefined> {
    return this.#destroyed.get(tenant)?.find((one) => one.handle === handle);
  }

  async destroyedSince(tenant: string, after: number, most: number): Promise<DestroyedKey[]> {
    return (this.#destroyed.get(tenant) ?? []).slice(after, after + most);
  }

  onDestroyed(listener: Parameters<PayloadKeyBook['onDestroyed']>[0]): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
