import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { noLabels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import { isAssignedSecret } from './detectors/index.ts';
import type { Finding, Inspector } from './door.ts';
import { createLaneScanner } from './lane-scanner.ts';
import {
  canaryDetectors,
  createScanner,
  type Hit,
  markOf,
  type Scanner,
  searchesFor,
} from './scan.ts';

export interface InspectorOptions {
  /** Values that were planted to be found: in no honest argument, in no honest result. */
  readonly canaries?: readonly string[];
}

const shortestCanary = 8;
const longestCanary = 256;

/** Finds secrets by their shape, in values and in keys, in time linear in the text. */
export function createInspector({ canaries = [] }: InspectorOptions = {}): Inspector {
  if (canaries.some(({ length }) => length < shortestCanary || length > longestCanary)) {
    throw new BailiwickError('config/invalid', {
      message: `a canary has ${shortestCanary} to ${longestCanary} characters`,
    });
  }
  const searches = searchesFor(canaryDetectors(canaries));
  const scanner = createScanner(searches);
  return {
    arguments(args) {
      const pass = new Pass(scanner);
      pass.clean(args, '');
      return pass.findings.length === 0
        ? { labels: noLabels, findings: pass.findings }
        : { labels: ['confidentiality:secret'], findings: pass.findings };
    },
    redact(value) {
      const pass = new Pass(scanner);
      const clean = pass.clean(value, '');
      return { value: clean as typeof value, findings: pass.findings };
    },
    lane: () => createLaneScanner(searches),
  };
}

/** One reading of one value. The same object comes back when nothing was found. */
class Pass {
  readonly findings: Finding[] = [];
  readonly #scanner: Scanner;
  readonly #path: (string | number)[] = [];
  #left: number = limits.resultScanBytes;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** `name` is the key that the value stands under. */
  clean(value: Json, name: string): Json {
    if (typeof value === 'string') return this.#text(value, name);
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value)
      ? this.#array(value as readonly Json[], name)
      : this.#object(value as JsonObject);
  }

  #array(value: readonly Json[], name: string): Json {
    const before = this.findings.length;
    const items = value.map((item, at) => this.#within(at, item, name));
    return this.findings.length === before ? value : items;
  }

  #object(value: JsonObject): Json {
    const before = this.findings.length;
    const entries = Object.keys(value).map((key): [string, Json] => {
      const clean = this.#text(key, '');
      // INVARIANT: a path names what is left of a key; what was found in it stands nowhere.
      return [clean, this.#within(clean, value[key] as Json, key)];
    });
    return this.findings.length === before ? value : Object.fromEntries(entries);
  }

  #within(step: string | number, value: Json, name: string): Json {
    this.#path.push(step);
    const clean = this.clean(value, name);
    this.#path.pop();
    return clean;
  }

  #text(text: string, name: string): string {
    this.#left -= text.length;
    // INVARIANT: what was not looked at is not released. A fault on the path is a deny.
    if (this.#left < 0) throw new BailiwickError('semantic/too-large');
    const hits = this.#scanner.scan(text);
    if (hits.length > 0) return this.#redacted(text, hits);
    if (name === '' || !isAssignedSecret(name, text)) return text;
    return this.#redacted(text, [{ detector: 'assigned-secret', from: 0, to: text.length }]);
  }

  #redacted(text: string, hits: readonly Hit[]): string {
    const path = this.#pointer();
    let clean = '';
    let from = 0;
    const counts = new Map<string, number>();
    for (const hit of hits) {
      clean += text.slice(from, hit.from) + markOf(hit.detector);
      from = hit.to;
      counts.set(hit.detector, (counts.get(hit.detector) ?? 0) + 1);
    }
    for (const [detector, count] of counts) this.findings.push({ detector, path, count });
    return clean + text.slice(from);
  }

  #pointer(): string {
    return this.#path
      .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
  }
}
