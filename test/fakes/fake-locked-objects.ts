import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LockedVersion {
  readonly id: string;
  readonly bytes: Buffer;
  isCurrent: boolean;
  mode: string | undefined;
  until: number | undefined;
}

export interface StoreRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface StoreAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Versions that are kept until their day, whoever asks: what stores of objects have in common, behind a face of each. */
export class LockedObjects {
  /** Of each name the oldest first. */
  readonly objects = new Map<string, LockedVersion[]>();
  now: () => number = Date.now;
  #made = 0;

  current(name: string): LockedVersion | undefined {
    return this.objects.get(name)?.find(({ isCurrent }) => isCurrent);
  }

  version(name: string, id: string | null): LockedVersion | undefined {
    return id === null ? this.current(name) : this.objects.get(name)?.find((one) => one.id === id);
  }

  put(
    name: string,
    bytes: Buffer,
    lock: { mode?: string | undefined; until?: number | undefined },
  ) {
    this.hide(name);
    const id = String(1_700_000_000_000_000 + (this.#made += 1));
    const version = { id, bytes, isCurrent: true, mode: lock.mode, until: lock.until };
    this.objects.set(name, [...(this.objects.get(name) ?? []), version]);
    return version;
  }

  hide(name: string): void {
    for (const one of this.objects.get(name) ?? []) one.isCurrent = false;
  }

  /** False where it is kept. */
  remove(name: string, version: LockedVersion): boolean {
    if ((version.until ?? 0) > this.now()) return false;
    const rest = (this.objects.get(name) ?? []).filter((one) => one !== version);
    this.objects.set(name, rest);
    return true;
  }

  /** False where it would be less. */
  keep(version: LockedVersion, mode: string | undefined, until: number): boolean {
    const isLocked = version.mode?.toLowerCase() === 'locked' && (version.until ?? 0) > this.now();
    if (isLocked && (mode?.toLowerCase() !== 'locked' || until < (version.until ?? 0)))
      return false;
    version.mode = mode;
    version.until = until;
    return true;
  }

  /** All that begin so, a few for each page. */
  page(prefix: string, from: number, size = 3) {
    const rows = [...this.objects]
      .filter(([name]) => name.startsWith(prefix))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([name, all]) => all.map((version) => ({ name, version })));
    const next = from + size < rows.length ? String(from + size) : '';
    return { rows: rows.slice(from, from + size), next };
  }
}

export class FakeStoreServer {
  readonly log: { readonly method: string; readonly target: string; readonly status: number }[] =
    [];
  #server: Server | undefined;
  readonly #answer: (request: StoreRequest) => StoreAnswer;

  constructor(answer: (request: StoreRequest) => StoreAnswer) {
    this.#answer = answer;
  }

  async open(): Promise<string> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: target = '' } = request;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    const url = new URL(target, 'http://store');
    const answer = this.#answer({ method, url, headers, body: Buffer.concat(chunks) });
    this.log.push({ method, target, status: answer.status });
    response.writeHead(answer.status, answer.headers ?? {});
    response.end(method === 'HEAD' ? undefined : answer.body);
  }
}
