import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { ExportedRecord, SinkAnswer, SinkKind, SinkParts } from '#contracts/event-sink.ts';
import { takenAll, takenLater } from '#contracts/event-sink.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { Rounds } from './rounds.ts';
import { type Letter, MailRefused, type MailServer, sendLetter } from './smtp.ts';

const address = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$/u,
    'an address, as `a@b.example`',
  );
const file = z.string().startsWith('/');

const fields = z.strictObject({
  /** `smtps://` is TLS from the start, `smtp://` goes over to it or not at all; on this machine also `smtp+plain://`. */
  server: z.string().refine((text) => serverAt(text) !== undefined, {
    message:
      '`smtps://HOST`, `smtp://HOST` (STARTTLS) or, on this machine, `smtp+plain://127.0.0.1:PORT`',
  }),
  from: address,
  to: z.array(address).min(1).max(50),
  /** Where people meet control: the links begin so. */
  console: z.url({ protocol: /^https?$/u }),
  user: z.string().min(1).max(256).optional(),
  passwordFile: file.optional(),
  caFile: file.optional(),
});
/** INVARIANT: who means to sign in never sends without: one half of a login is a mistake. */
const spec = fields.superRefine(({ user, passwordFile }, context) => {
  if ((user === undefined) === (passwordFile === undefined)) return;
  const path = [user === undefined ? 'user' : 'passwordFile'];
  context.addIssue({ code: 'custom', path, message: 'the other half of the login is missing' });
});
type Spec = z.output<typeof spec>;

/** What somebody is told to look at, and where. INVARIANT: nothing of what was asked is in it. */
export interface Told {
  readonly what: string;
  /** Below the address of control; ASCII, and no more than a path. */
  readonly path: string;
}

export interface MailParts {
  /** Undefined where a record is of nothing that waits for a person, or not any more. */
  readonly tell: (one: ExportedRecord, now: number) => Told | undefined;
}

const mostLinks = 50;

/**
 * Says to people that something waits for them. INVARIANT: a link and no payload: who reads the mailbox, or the wire,
 * learns that something waits; they see it, and decide, where they are signed in. Records of nothing that waits are
 * settled unsent, and nothing is settled that the server did not take.
 */
export function mailSink({ tell }: MailParts): SinkKind<typeof spec.shape> {
  return {
    kind: 'mail',
    spec,
    placeOf: ({ server }) => serverAt(server)?.host ?? '',
    open(of, parts) {
      const rounds = new Rounds(of.to);
      return {
        most: { records: 256, bytes: 1_048_576 },
        async send(batch, signal): Promise<SinkAnswer> {
          const waiting = batch.flatMap((one) => {
            const told = tell(one, parts.now());
            return told === undefined ? [] : [{ ...told, key: one.key }];
          });
          try {
            const why = await sendRounds(of, parts, { rounds, waiting, signal });
            if (why !== undefined) return takenLater(wordsOf(why));
            rounds.settled();
            return takenAll(batch.length);
          } catch (fault) {
            return takenLater(wordsOf(fault));
          }
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

/** Answers why somebody is to be tried again. */
async function sendRounds(
  of: Spec,
  { secret, now }: SinkParts,
  {
    rounds,
    waiting,
    signal,
  }: {
    readonly rounds: Rounds;
    readonly waiting: readonly (Told & { readonly key: string })[];
    readonly signal: AbortSignal;
  },
): Promise<MailRefused | undefined> {
  const due = rounds.due(waiting);
  if (due.length === 0) return undefined;
  const server = await serverOf(of, secret);
  const late = AbortSignal.any([signal, AbortSignal.timeout(limits.exportAnswerMs)]);
  let why: MailRefused | undefined;
  for (const round of due) {
    const letter = letterOf({ ...of, to: [...round.to] }, round.of, new Date(now()));
    const no = rounds.note(round, await sendLetter(server, letter, late), now());
    why ??= no;
  }
  return why;
}

function letterOf(
  { from, to, console: place }: Spec,
  waiting: readonly (Told & { readonly key: string })[],
  at: Date,
): Letter {
  const base = place.replace(/\/+$/, '');
  const [first] = waiting;
  const subject = waiting.length === 1 ? first?.what : `${waiting.length} things wait for a person`;
  const more = waiting.length - mostLinks;
  // The same each time that the same is sent: whoever has it knows it again.
  const id = sha256Hex(waiting.map(({ key }) => key).join('\n')).slice(0, 40);
  return {
    from,
    to,
    lines: [
      `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
      `From: Bailiwick <${from}>`,
      `To: ${to.join(',\r\n ')}`,
      `Subject: [Bailiwick] ${subject}`,
      `Message-ID: <${id}@${from.slice(from.indexOf('@') + 1)}>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
      'Auto-Submitted: auto-generated',
      '',
      ...waiting
        .slice(0, mostLinks)
        .flatMap(({ what, path }) => [`${what}:`, `${base}${path}`, '']),
      ...(more > 0 ? [`and ${more} more: ${base}/console/`, ''] : []),
      'What it is about stands there, for who is signed in. An answer to this mail decides nothing.',
    ],
  };
}

async function serverOf(of: Spec, secret: (file: string) => Promise<string>): Promise<MailServer> {
  const at = serverAt(of.server);
  if (at === undefined) throw new TypeError('no server');
  const { user, passwordFile, caFile } = of;
  const login =
    user === undefined || passwordFile === undefined
      ? undefined
      : { user, password: await secret(passwordFile) };
  return { ...at, login, ca: caFile === undefined ? undefined : await readFile(caFile, 'utf8') };
}

const ports = { 'smtps:': 465, 'smtp:': 587, 'smtp+plain:': 25 } as const;
const ways = { 'smtps:': 'tls', 'smtp:': 'starttls', 'smtp+plain:': 'plain' } as const;

function serverAt(text: string): Pick<MailServer, 'host' | 'port' | 'over'> | undefined {
  const match =
    /^(smtps:|smtp:|smtp\+plain:)\/\/(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/u.exec(
      text,
    );
  const scheme = match?.[1] as keyof typeof ports | undefined;
  const host = match?.[2] ?? match?.[3];
  if (scheme === undefined || host === undefined) return undefined;
  if (scheme === 'smtp+plain:' && !isHere(host)) return undefined;
  const port = Number(match?.[4] ?? ports[scheme]);
  return port >= 1 && port <= 65_535 ? { host, port, over: ways[scheme] } : undefined;
}

function isHere(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.'));
}

function wordsOf(fault: unknown): string {
  if (fault instanceof MailRefused) return fault.message;
  const code =
    fault instanceof Error && 'code' in fault ? String(fault.code) : 'it did not come to that';
  return `the mail server is not there: ${code}`;
}
