/**
 * What chance gave becomes what stands in its place in every run: the first id is `<id 1>`, the
 * second `<id 2>`. INVARIANT: the same text gets the same name, another one another name, so that
 * whoever mixes up two ids is found.
 */
export class Names {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  of(kind: string, text: string): string {
    const key = `${kind}\n${text}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `<${kind} ${count}>`;
    this.#known.set(key, name);
    return name;
  }

  /** Ids, sessions and key thumbprints wherever they stand in a text. */
  inside(text: string): string {
    return text
      .replace(uuids, (id) => this.of('id', id))
      .replace(sessions, (session) => this.of('session', session))
      .replace(thumbprints, (print) => this.of('key', print));
  }
}

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const sessions = /(?<![0-9a-z])s-[0-9a-f]{32}(?![0-9a-f])/g;
const thumbprints = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g;
