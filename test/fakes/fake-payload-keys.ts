import type { PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';

/** A key book in memory. */
export class FakePayloadKeys implements PayloadKeyBook {
  readonly #keys = new Map<string, PayloadKey>();

  async of(tenant: string, subject: string): Promise<PayloadKey | undefined> {
    return this.#keys.get(`${tenant}\n${subject}`);
  }

  async byHandle(tenant: string, handle: string): Promise<PayloadKey | undefined> {
    const own = [...this.#keys].filter(([name]) => name.startsWith(`${tenant}\n`));
    return own.find(([, key]) => key.handle === handle)?.[1];
  }

  async keep({ tenant, subject, key }: Parameters<PayloadKeyBook['keep']>[0]): Promise<PayloadKey> {
    const kept = this.#keys.get(`${tenant}\n${subject}`) ?? key;
    this.#keys.set(`${tenant}\n${subject}`, kept);
    return kept;
  }

  async destroy(tenant: string, subject: string): Promise<boolean> {
    return this.#keys.delete(`${tenant}\n${subject}`);
  }
}
