import { bounds, type Held } from './bounds.ts';
import { readEvents } from './events.ts';
import { collect } from './exchange.ts';
import type { Answer, Gateway } from './gateway.ts';
import { isMembers, type Message, readMembers } from './message.ts';
import { legacyHeaders, type SessionHead } from './wire-headers.ts';

export interface SessionParts {
  readonly gateway: Gateway;
  readonly held: Held;
  /** Told by itself by nobody: what this session asked for its own sake, and how it went. */
  readonly say: (sentence: string) => void;
}

/**
 * The session that a client of before 2026 believes to have. The gateway may forget it, as after a
 * restart; then it is begun anew by the client's own words, and the client need not know.
 */
export class Session {
  readonly #parts: SessionParts;
  /** What the client said to begin: said again when the gateway forgot. */
  #words: { readonly message: Message; readonly line: Uint8Array } | undefined;
  #head: SessionHead = { id: undefined, revision: undefined };
  #opening: Promise<void> | undefined;
  /** Counts the sessions: whoever failed in an older one need not begin a newer one anew. */
  #age = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get isBegun(): boolean {
    return this.#words !== undefined;
  }

  get age(): number {
    return this.#age;
  }

  get hasId(): boolean {
    return this.#head.id !== undefined;
  }

  headers(): Record<string, string> {
    return legacyHeaders(this.#head);
  }

  /** The client's own `initialize`: a new session, whatever was before. */
  begin(message: Message, line: Uint8Array): void {
    this.#words = { message, line };
    this.#head = { id: undefined, revision: undefined };
  }

  /** What the gateway answered to it. */
  learn({ headers }: Pick<Answer, 'headers'>, result: Uint8Array): void {
    const id = headers['mcp-session-id'];
    const told = readMembers(result)?.['result'];
    const revision = isMembers(told) ? told['protocolVersion'] : undefined;
    if (typeof revision !== 'string') return;
    this.#head = { id: typeof id === 'string' ? id : undefined, revision };
    this.#age += 1;
  }

  /** Once, however many requests found that it is gone. */
  async reopen(age: number): Promise<void> {
    if (age !== this.#age) return;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    await this.#opening;
  }

  async #open(): Promise<void> {
    if (this.#words === undefined) return;
    const { gateway, held, say } = this.#parts;
    const { params } = this.#words.message;
    const ask = { jsonrpc: '2.0', id: 'bailiwick-again', method: 'initialize', params };
    const answer = await gateway.send({
      method: 'POST',
      headers: legacyHeaders({ id: undefined, revision: undefined }),
      body: Buffer.from(JSON.stringify(ask)),
      signal: AbortSignal.timeout(bounds.noticeMs),
      isRepeatable: true,
    });
    this.learn(answer, await resultIn(answer, held));
    const ready = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const taken = await gateway.send({
      method: 'POST',
      headers: this.headers(),
      body: Buffer.from(JSON.stringify(ready)),
      signal: AbortSignal.timeout(bounds.noticeMs),
      isRepeatable: true,
    });
    await collect(taken.body, held);
    say('the gateway had forgotten the session; it was begun anew');
  }

  /** Says goodbye. Nobody waits long for it. */
  async end(): Promise<void> {
    if (!this.hasId) return;
    const { gateway, held } = this.#parts;
    const signal = AbortSignal.timeout(bounds.goodbyeMs);
    const headers = this.headers();
    try {
      const one = { method: 'DELETE', headers, signal, isRepeatable: true, patienceMs: 0 } as const;
      await collect((await gateway.send(one)).body, held);
    } catch {
      // The session ends by itself.
    }
  }
}

/** The one message of an answer, as JSON or as the event of a stream. */
async function resultIn(answer: Answer, held: Held): Promise<Uint8Array> {
  if (!isEventStream(answer)) return collect(answer.body, held);
  let last: Uint8Array = Buffer.alloc(0);
  const event = async ({ data }: { readonly data: Uint8Array }): Promise<void> => {
    if (readMembers(data)?.['result'] !== undefined) last = data;
  };
  await readEvents(answer.body, { event, retry: () => undefined }, held);
  return last;
}

export function isEventStream({ headers }: Pick<Answer, 'headers'>): boolean {
  return /^text\/event-stream\b/i.test(headers['content-type'] ?? '');
}
