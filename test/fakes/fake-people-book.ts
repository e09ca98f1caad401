import type { Elevation, PeopleBook, PersonChange, StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { holdsRole } from '#kernel/principal.ts';

/** The book in memory: each method is one step, as a transaction would be. */
export class FakePeopleBook implements PeopleBook {
  readonly #links = new Map<string, number>();
  readonly #people = new Map<string, StoredPerson>();

  async addSetupLink(link: { digest: string; expiresAt: number }): Promise<void> {
    this.#links.clear();
    this.#links.set(link.digest, link.expiresAt);
  }

  async isSetupLink({ digest, now }: { digest: string; now: number }): Promise<boolean> {
    return this.#people.size === 0 && (this.#links.get(digest) ?? 0) > now;
  }

  async redeemSetupLink(
    redeem: Parameters<PeopleBook['redeemSetupLink']>[0],
  ): Promise<StoredPerson> {
    if (!(await this.isSetupLink(redeem))) throw new BailiwickError('api/setup-link-invalid');
    this.#links.delete(redeem.digest);
    return this.addPerson(redeem);
  }

  async addPerson(add: Parameters<PeopleBook['addPerson']>[0]): Promise<StoredPerson> {
    const { person, credentialDigest, now } = add;
    const there = (await this.list(person.tenant)).some(({ name }) => name === person.name);
    if (there) throw new BailiwickError('store/conflict');
    const stored = { ...person, createdAt: now };
    this.#people.set(credentialDigest, stored);
    return stored;
  }

  async renewCredential(renew: {
    tenant: string;
    name: string;
    credentialDigest: string;
  }): Promise<StoredPerson> {
    for (const [digest, person] of this.#people) {
      if (person.tenant !== renew.tenant || person.name !== renew.name) continue;
      this.#people.delete(digest);
      this.#people.set(renew.credentialDigest, person);
      return person;
    }
    throw new BailiwickError('api/not-found');
  }

  /** What is owed since something was taken away. */
  readonly owed: OutboxDraft[] = [];

  readonly #taken: (Elevation & { readonly tenant: string; readonly name: string })[] = [];

  async byName(tenant: string, name: string): Promise<StoredPerson | undefined> {
    return (await this.list(tenant)).find((one) => one.name === name);
  }

  async elevate(taken: Parameters<PeopleBook['elevate']>[0]): Promise<void> {
    this.#taken.push(taken);
  }

  async elevations(tenant: string, name: string, now: number): Promise<readonly Elevation[]> {
    const { eligible = [] } = (await this.byName(tenant, name)) ?? {};
    return this.#taken.filter(
      (one) =>
        one.tenant === tenant &&
        one.name === name &&
        one.until > now &&
        eligible.includes(one.role),
    );
  }

  async setRoles(change: Parameters<PeopleBook['setRoles']>[0]): Promise<StoredPerson> {
    const { roles, eligible } = change;
    return this.#change(change, (person) => ({ ...person, roles, eligible }));
  }

  async removePerson(change: PersonChange): Promise<StoredPerson> {
    return this.#change(change, () => undefined);
  }

  #change(
    { tenant, name, also = [] }: PersonChange,
    by: (person: StoredPerson) => StoredPerson | undefined,
  ): StoredPerson {
    const found = [...this.#people].find(([, one]) => one.tenant === tenant && one.name === name);
    if (found === undefined) throw new BailiwickError('api/not-found');
    const [digest, person] = found;
    const after = by(person);
    const left = [...this.#people.values()].map((one) => (one === person ? after : one));
    const isAdmin = (one?: StoredPerson) => one?.tenant === tenant && holdsRole(one, 'admin');
    if (!left.some(isAdmin)) throw new BailiwickError('api/last-admin');
    this.#people.delete(digest);
    if (after !== undefined) this.#people.set(digest, after);
    this.owed.push(...also);
    return after ?? person;
  }

  async byCredential(digest: string): Promise<StoredPerson | undefined> {
    return this.#people.get(digest);
  }

  async list(tenant: string): Promise<readonly StoredPerson[]> {
    return [...this.#people.values()].filter((one) => one.tenant === tenant);
  }
}
