import { bounds, Held } from './bounds.ts';
import { readEvents } from './events.ts';
import { AfterHead, collect, Unanswered } from './exchange.ts';
import { type Answer, type Gateway, troubleOf } from './gateway.ts';
import { asOneLine, type Line } from './lines.ts';
import { startListening } from './listener.ts';
import {
  keyOf,
  type Message,
  namedErrorBytes,
  readAnswered,
  readMessage,
  type RpcId,
  troubleBytes,
} from './message.ts';
import { Mirrored } from './mirrored.ts';
import { sentenceOf } from './problem.ts';
import { isEventStream, Session } from './session.ts';
import { modernHeaders } from './wire-headers.ts';

export interface BridgeParts {
  readonly gateway: Gateway;
  /** To the client; resolves when it took it. */
  readonly write: (line: Uint8Array) => Promise<void>;
  /** To whoever looks after the client, in a sentence. */
  readonly say: (sentence: string) => void;
}

/** A request of the client that has no answer yet. */
interface Open {
  readonly message: Message;
  readonly abort: AbortController;
  readonly waiting: Map<string, RpcId>;
}

/** They change nothing: they may be asked again when their answer was lost. */
const repeatable =
  /^(?:initialize|ping|server\/discover|subscriptions\/listen|prompts\/get|resources\/read|(?:tools|prompts|resources|resources\/templates)\/list)$/;

/**
 * Between a client that speaks over standard input and output, and a gateway that speaks HTTP. It
 * judges nothing and changes nothing: what one says, the other hears. What it adds is the proof.
 */
export class Bridge {
  readonly #parts: BridgeParts;
  readonly #held = new Held();
  readonly #mirrored = new Mirrored();
  readonly #session: Session;
  readonly #open = new Map<string, Open>();
  readonly #running = new Set<Promise<void>>();
  #listener: { stop(): void } | undefined;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#session = new Session({ ...parts, held: this.#held });
  }

  /** One line of the client. Resolves when the next one may be read: notices keep their order. */
  async take(line: Line): Promise<void> {
    const { say, write } = this.#parts;
    if (line === 'too-long')
      return say(`a message of more than ${bounds.messageBytes} bytes was dropped`);
    const message = readMessage(line);
    if (message === undefined) return write(asOneLine(unreadable));
    if (message.method === 'initialize') {
      this.#session.begin(message, line);
      return this.#request(message, line);
    }
    if (message.method === 'notifications/cancelled') return this.#cancel(message, line);
    if (message.ids.length === 0 || message.kind === 'response') return this.#notice(message, line);
    const running = this.#request(message, line).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /**
   * The client says nothing more: what it asked is still answered for a while, or until whoever started us
   * asks for the end; everything else is cut off.
   */
  async end(lingerMs: number, cut?: Promise<unknown>): Promise<void> {
    this.#listener?.stop();
    const timer = new AbortController();
    const late = new Promise<void>((resolve) => {
      const handle = setTimeout(resolve, lingerMs);
      timer.signal.addEventListener('abort', () => clearTimeout(handle));
    });
    await Promise.race([Promise.all(this.#running), late, ...(cut === undefined ? [] : [cut])]);
    timer.abort();
    for (const { abort, waiting } of this.#open.values()) {
      waiting.clear();
      abort.abort();
    }
    await this.#session.end();
    this.#parts.gateway.close();
  }

  async #request(message: Message, line: Uint8Array): Promise<void> {
    const waiting = new Map(message.ids.map((id) => [keyOf(id), id]));
    const open: Open = { message, waiting, abort: new AbortController() };
    const fits = this.#open.size < bounds.openRequests && this.#held.take(line.length);
    if (!fits) return this.#tell(open, crowded);
    for (const key of waiting.keys()) this.#open.set(key, open);
    const keys = [...waiting.keys()];
    try {
      await this.#answered(open, line);
    } catch (fault) {
      await this.#tell(open, troubleOf(fault)).catch(() => undefined);
    } finally {
      this.#held.give(line.length);
      for (const key of keys) if (this.#open.get(key) === open) this.#open.delete(key);
    }
  }

  async #answered(open: Open, line: Uint8Array): Promise<void> {
    const { age } = this.#session;
    const { message } = open;
    const first = await this.#post(open, line);
    const isForgotten =
      first.status === 404 && message.revision === undefined && this.#session.hasId;
    if (!isForgotten || message.method === 'initialize') return this.#deliver(open, first);
    await collect(first.body, this.#held);
    await this.#session.reopen(age);
    await this.#deliver(open, await this.#post(open, line));
  }

  #post({ message, abort }: Open, line: Uint8Array): Promise<Answer> {
    return this.#parts.gateway.send({
      method: 'POST',
      headers: this.#headers(message),
      body: line,
      signal: abort.signal,
      isRepeatable: repeatable.test(message.method),
    });
  }

  #headers(message: Message): Record<string, string> {
    const isModern = message.revision !== undefined || !this.#session.isBegun;
    if (!isModern) return this.#session.headers();
    return { ...modernHeaders(message), ...this.#mirrored.headersFor(message) };
  }

  async #deliver(open: Open, answer: Answer): Promise<void> {
    try {
      if (isEventStream(answer)) await this.#follow(open, answer);
      else await this.#whole(open, answer);
    } catch (fault) {
      throw new AfterHead(fault);
    }
    if (open.waiting.size > 0) throw new Unanswered(true, undefined);
  }

  async #whole(open: Open, answer: Answer): Promise<void> {
    const bytes = await collect(answer.body, this.#held);
    if (readAnswered(bytes) === undefined) throw new Unreadable(answer.status);
    await this.#pass(open, answer, bytes);
  }

  /** Messages of a stream, one at a time; a stream that broke is taken up again where it can be. */
  async #follow(open: Open, first: Answer): Promise<void> {
    let last: string | undefined;
    const retry = () => undefined;
    for (let answer = first; ; ) {
      const event = async (one: { readonly id: string | undefined; readonly data: Buffer }) => {
        last = one.id ?? last;
        if (one.data.length > 0) await this.#pass(open, first, one.data);
      };
      try {
        await readEvents(answer.body, { event, retry }, this.#held);
      } catch (fault) {
        if (last === undefined) throw lostBy(fault);
      }
      if (open.waiting.size === 0 || last === undefined || !this.#session.isBegun) return;
      const again = await this.#resume(open, last);
      if (again === undefined) return;
      answer = again;
    }
  }

  async #resume({ abort }: Open, last: string): Promise<Answer | undefined> {
    const { 'content-type': _, ...headers } = this.#session.headers();
    const answer = await this.#parts.gateway.send({
      method: 'GET',
      headers: { ...headers, accept: 'text/event-stream', 'last-event-id': last },
      signal: abort.signal,
      isRepeatable: true,
    });
    if (answer.status === 200 && isEventStream(answer)) return answer;
    await collect(answer.body, this.#held);
    return undefined;
  }

  /** One message of the gateway: as it came, but that an error without a name is told to who asked. */
  async #pass(open: Open, answer: Answer, bytes: Uint8Array): Promise<void> {
    const { waiting, message } = open;
    const told = readAnswered(bytes);
    if (told === undefined)
      return this.#parts.say('the gateway sent something that is no JSON-RPC');
    if (open.abort.signal.aborted) return;
    if (message.method === 'initialize') this.#session.learn(answer, bytes);
    if (message.method === 'tools/list') this.#mirrored.learn(bytes);
    if (told.anonymous !== undefined) {
      const { anonymous } = told;
      for (const id of waiting.values()) await this.#write(namedErrorBytes(id, anonymous));
      return waiting.clear();
    }
    for (const id of told.ids) waiting.delete(keyOf(id));
    await this.#write(bytes);
  }

  /** A notice or a reply of the client: the next line waits until it was taken. */
  async #notice(message: Message, line: Uint8Array): Promise<void> {
    try {
      const answer = await this.#parts.gateway.send({
        method: 'POST',
        headers: this.#headers(message),
        body: line,
        signal: AbortSignal.timeout(bounds.noticeMs),
        isRepeatable: message.method === 'notifications/initialized',
      });
      await collect(answer.body, this.#held);
      if (answer.status >= 400) {
        this.#parts.say(`the gateway did not take \`${nameOf(message)}\`: status ${answer.status}`);
      }
    } catch (fault) {
      this.#parts.say(`\`${nameOf(message)}\` did not arrive: ${sentenceOf(fault)}`);
    }
    if (message.method === 'notifications/initialized') this.#listen();
  }

  #listen(): void {
    const { gateway } = this.#parts;
    this.#listener?.stop();
    this.#listener = startListening({
      gateway,
      held: this.#held,
      session: this.#session,
      deliver: (bytes) => this.#write(bytes),
    });
  }

  /**
   * Where there are sessions a notice cancels, and it arrives first; in every revision closing the
   * request does. The client waits for nothing of it any more, and hears nothing of it.
   */
  async #cancel(message: Message, line: Uint8Array): Promise<void> {
    const id = message.params['requestId'];
    const isId = typeof id === 'string' || typeof id === 'number';
    const open = isId ? this.#open.get(keyOf(id)) : undefined;
    open?.waiting.clear();
    if (this.#session.isBegun) await this.#notice(message, line);
    open?.abort.abort();
  }

  async #tell({ message, waiting, abort }: Open, trouble: typeof crowded): Promise<void> {
    if (abort.signal.aborted) return;
    const ids = [...waiting.values()];
    waiting.clear();
    for (const id of ids) await this.#write(troubleBytes(message, id, trouble));
    if (ids.length > 0) this.#parts.say(`${nameOf(message)}: ${trouble.message}`);
  }

  #write(message: Uint8Array): Promise<void> {
    return this.#parts.write(asOneLine(message));
  }
}

class Unreadable extends Error {
  constructor(status: number) {
    super(`the gateway answered with status ${status} and nothing that a client could read`);
  }
}

function lostBy(fault: unknown): unknown {
  const isOurs = fault instanceof Error && 'suggestedAction' in fault;
  return isOurs ? fault : new Unanswered(true, fault);
}

function nameOf({ kind, method }: Message): string {
  return method === '' ? kind : method;
}

const unreadable = Buffer.from(
  '{"error":{"code":-32700,"message":"this line is no message of JSON-RPC"},"id":null,"jsonrpc":"2.0"}',
);

const crowded = {
  code: 'connect/too-many',
  message: 'too many requests of this client are open at once',
  suggestedAction: 'wait for answers, then ask again',
  effect: 'none',
} as { code: string; message: string; suggestedAction: string; effect: 'none' | 'unknown' };
