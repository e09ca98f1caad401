import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface ReceivedLetter {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly user: string | undefined;
  readonly overTls: boolean;
}

interface Talk {
  socket: Socket;
  from: string;
  to: string[];
  user: string | undefined;
  overTls: boolean;
  /** Lines of a letter, while one comes. */
  letter: string[] | undefined;
}

/** A mail server as RFC 5321, 3207 and 4954 have it, strict about the order of what it is told. */
export class SmtpServer {
  readonly letters: ReceivedLetter[] = [];
  /** `away` hangs up, `busy` says 451 to each letter, `garbage` speaks no SMTP, `bare` cannot do STARTTLS. */
  manners: 'well' | 'away' | 'busy' | 'garbage' | 'bare' = 'well';
  /** Addresses that it knows nobody at. */
  readonly unknown = new Set<string>();
  /** Addresses of which it says 450: not now. */
  readonly later = new Set<string>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #tls: { readonly key: string; readonly cert: string } | undefined;
  readonly #login: string | undefined;

  constructor(
    of: {
      readonly tls?: { readonly key: string; readonly cert: string };
      readonly login?: string;
    } = {},
  ) {
    this.#tls = of.tls;
    this.#login = of.login;
    this.#server = createServer((socket) => this.#greet(socket));
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.manners === 'away') return void socket.destroy();
    const talk: Talk = {
      socket,
      from: '',
      to: [],
      user: undefined,
      overTls: false,
      letter: undefined,
    };
    this.#listen(talk);
    socket.write(this.manners === 'garbage' ? '<html>no\r\n' : '220 test ESMTP\r\n');
  }

  #listen(talk: Talk): void {
    let waiting = '';
    talk.socket.on('data', (bytes: Buffer) => {
      waiting += bytes.toString('latin1');
      for (let end = waiting.indexOf('\r\n'); end >= 0; end = waiting.indexOf('\r\n')) {
        const line = waiting.slice(0, end);
        waiting = waiting.slice(end + 2);
        const answer =
          talk.letter === undefined ? this.#command(talk, line) : this.#line(talk, line);
        if (answer !== '') talk.socket.write(`${answer}\r\n`);
        if (answer.startsWith('220 go on')) return this.#goOver(talk);
      }
    });
  }

  #command(talk: Talk, line: string): string {
    const [verb = ''] = line.split(/[ :]/);
    const address = /<([^<>]*)>$/.exec(line)?.[1] ?? '';
    switch (verb) {
      case 'EHLO':
        return [
          '250-test',
          ...(this.#canGoOver(talk) ? ['250-STARTTLS'] : []),
          '250 AUTH PLAIN',
        ].join('\r\n');
      case 'STARTTLS':
        return this.#canGoOver(talk) ? '220 go on' : '502 no';
      case 'AUTH':
        talk.user = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('utf8');
        return talk.user === this.#login ? '235 ok' : '535 no';
      case 'MAIL':
        if (this.#login !== undefined && talk.user !== this.#login) return '530 who are you';
        talk.from = address;
        return '250 ok';
      case 'RCPT':
        if (this.unknown.has(address)) return '550 nobody';
        if (this.later.has(address)) return '450 later';
        talk.to.push(address);
        return '250 ok';
      case 'DATA':
        if (talk.from === '' || talk.to.length === 0) return '503 to whom';
        talk.letter = [];
        return '354 go ahead';
      case 'QUIT':
        talk.socket.end('221 bye\r\n');
        return '';
      default:
        return '500 what';
    }
  }

  #line(talk: Talk, line: string): string {
    if (line !== '.') {
      talk.letter?.push(line.startsWith('.') ? line.slice(1) : line);
      return '';
    }
    const text = (talk.letter ?? []).join('\n');
    talk.letter = undefined;
    if (this.manners === 'busy') return '451 later';
    const { from, to, user, overTls } = talk;
    this.letters.push({ from, to: [...to], text, user, overTls });
    return '250 ok';
  }

  #canGoOver({ overTls }: Talk): boolean {
    return this.#tls !== undefined && !overTls && this.manners !== 'bare';
  }

  #goOver(talk: Talk): void {
    talk.socket.removeAllListeners('data');
    const secureContext = createSecureContext({ ...this.#tls });
    talk.socket = new TLSSocket(talk.socket, { isServer: true, secureContext });
    talk.socket.on('error', () => undefined);
    talk.overTls = true;
    this.#listen(talk);
  }
}
