import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How it is reached. INVARIANT: `plain` is of this machine alone; everywhere else TLS, and only with a certificate for this host. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly over: 'tls' | 'starttls' | 'plain';
  /** Authorities for its certificate, instead of those of Node. */
  readonly ca: string | undefined;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  /** Head and body; INVARIANT: lines of printable ASCII. */
  readonly lines: readonly string[];
}

/** What a server said no to. INVARIANT: in our words and with its number: it may repeat whatever it was sent. */
export class MailRefused extends Error {
  /** It may say yes to the same later: whoever takes no letter of strangers at once says so the first time. */
  readonly isForNow: boolean;

  constructor(step: string, code: number) {
    super(`it answers ${code} to ${step}`);
    this.isForNow = code >= 400 && code < 500;
  }
}

/** Whom of those that a letter goes to the server has it for, and what it said of the others. */
export interface Sent {
  readonly taken: readonly string[];
  readonly refused: ReadonlyMap<string, MailRefused>;
}

const connectMs = 10_000;
const mostReply = 65_536;

/** RFC 5321. Resolves when the server said that it has the letter, or no to each of those it goes to. */
export async function sendLetter(
  server: MailServer,
  letter: Letter,
  signal: AbortSignal,
): Promise<Sent> {
  signal.throwIfAborted();
  const talk = await opened(server, signal);
  try {
    await talk.say('MAIL', `MAIL FROM:<${letter.from}>`, 250);
    const sent = await addressed(talk, letter.to);
    if (sent.taken.length > 0) {
      await talk.say('DATA', 'DATA', 354);
      const body = letter.lines.map((line) => (line.startsWith('.') ? `.${line}` : line));
      await talk.say('the letter', [...body, '.'].join('\r\n'), 250);
    }
    talk.write('QUIT');
    return sent;
  } finally {
    talk.end();
  }
}

async function addressed(talk: Talk, all: readonly string[]): Promise<Sent> {
  const taken: string[] = [];
  const refused = new Map<string, MailRefused>();
  for (const to of all) {
    const asked = talk.say('RCPT', `RCPT TO:<${to}>`, 250, 251);
    const no = await asked.then(() => undefined, refusedOrThrow);
    if (no === undefined) taken.push(to);
    else refused.set(to, no);
  }
  return { taken, refused };
}

function refusedOrThrow(fault: unknown): MailRefused {
  if (fault instanceof MailRefused) return fault;
  throw fault;
}

async function opened(server: MailServer, signal: AbortSignal): Promise<Talk> {
  const { host, port, over, login } = server;
  const tls = {
    minVersion: 'TLSv1.2' as const,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(server.ca === undefined ? {} : { ca: server.ca }),
  };
  const first = over === 'tls' ? connectTls({ host, port, ...tls }) : connectPlain({ host, port });
  let talk = new Talk(first, signal);
  try {
    await talk.hear('connect', 220);
    let can = await talk.say('EHLO', hello, 250);
    if (over === 'starttls') {
      if (!can.includes('STARTTLS')) throw new MailRefused('STARTTLS', 502);
      await talk.say('STARTTLS', 'STARTTLS', 220);
      // What was said before is nobody's: whatever stands behind the answer came from who listens in.
      talk = talk.over((socket) => connectTls({ socket, host, ...tls }), signal);
      can = await talk.say('EHLO', hello, 250);
    }
    if (login !== undefined) {
      const words = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
      await talk.say('AUTH', `AUTH PLAIN ${words}`, 235);
    }
    return talk;
  } catch (fault) {
    talk.end();
    throw fault;
  }
}

const hello = 'EHLO bailiwick.invalid';

/** One connection: a line goes, an answer comes, and nothing in between. */
class Talk {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #waiting = '';
  #hear: (() => void) | undefined;
  #fault: Error | undefined;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.setEncoding('latin1');
    socket.setTimeout(connectMs, () => this.#fail(new Error('late')));
    socket.on('error', (fault: Error) => this.#fail(fault));
    socket.on('close', () => this.#fail(new Error('closed')));
    socket.on('data', this.#take);
    signal.addEventListener('abort', this.#stop, { once: true });
  }

  /** The same connection, from here on with something around it. */
  over(wrap: (socket: Socket) => Socket, signal: AbortSignal): Talk {
    if (this.#waiting !== '') throw new MailRefused('STARTTLS', 554);
    this.#socket.removeAllListeners('data');
    this.#signal.removeEventListener('abort', this.#stop);
    return new Talk(wrap(this.#socket), signal);
  }

  async say(step: string, line: string, ...codes: readonly number[]): Promise<readonly string[]> {
    this.write(line);
    return this.hear(step, ...codes);
  }

  write(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  /** What stands behind the numbers, line by line, in capitals. */
  async hear(step: string, ...codes: readonly number[]): Promise<readonly string[]> {
    for (;;) {
      const answer = /^((?:\d{3}-[^\n]*\n)*)(\d{3})(?: [^\n]*)?\r?\n/.exec(this.#waiting);
      if (answer !== null) {
        this.#waiting = this.#waiting.slice(answer[0].length);
        const code = Number(answer[2]);
        if (!codes.includes(code)) throw new MailRefused(step, code);
        return answer[0].split(/\r?\n/).map((line) => line.slice(4).trim().toUpperCase());
      }
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#waiting.length > mostReply || /^(?!\d{0,3}(?:[- \r]|$))/.test(this.#waiting)) {
        throw new Error('it answers what is no SMTP');
      }
      await new Promise<void>((resolve) => (this.#hear = resolve));
    }
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), connectMs).unref();
  }

  readonly #stop = (): void => this.#fail(new Error('stopped'));

  readonly #take = (text: string | Buffer): void => {
    this.#waiting += String(text);
    this.#hear?.();
  };

  #fail(fault: Error): void {
    this.#fault ??= fault;
    this.#socket.destroy();
    this.#hear?.();
  }
}
