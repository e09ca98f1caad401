import type { ListOptions, ToolInvocation, UpstreamRequest } from '#contracts/tool-server.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ClientAsk, ServerEntry } from '#kernel/snapshot.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import type { Loan } from '#planes/credentials/index.ts';
import { signersNeeded } from '#planes/tools/index.ts';
import type { Heard, Taken, TakenAsks } from './intake.ts';
import type { Borrowing } from './subject.ts';

export interface UpstreamNeed {
  readonly principal: Principal;
  readonly server: ServerEntry;
  /** For what its process is lent, where it has one. */
  readonly borrows: Borrowing;
  readonly configuration: Pick<Configuration, 'snapshot'>;
  /** What whoever calls may be asked: a server that does not say whom it asks needs to know one caller only. */
  readonly asks?: readonly ClientAsk[];
}

/** INVARIANT: nothing that the server writes gets past here but through the intake. */
export interface OpenUpstream {
  call(invocation: ToolInvocation): Promise<Taken>;
  exchange(request: UpstreamRequest): Promise<Taken>;
  /** Of a request that listens while it is on its way. */
  converse(request: UpstreamRequest, hear: (heard: Heard) => void): Promise<Taken | TakenAsks>;
  listTools(ask: ListOptions): Promise<readonly ToolDefinition[] | Refusal>;
  /** How its server speaks, as far as that is known and matters. */
  speaks(): 'modern' | 'legacy' | undefined;
  /** Somebody wants to hear of a resource through it. */
  isWatching(): boolean;
  /** What its process holds in its environment: scrubbed from whatever it answers. */
  readonly environment: Loan;
}

export interface Connected {
  /** All that may still be done with it beside asking, which is for `upstream` alone. */
  readonly connection: { close(): Promise<void> };
  readonly upstream: OpenUpstream;
}

/** One connection, from the moment that it is being opened. */
export class HeldUpstream {
  readonly opened: Promise<Connected | Refusal>;
  readonly principal: Principal;
  readonly server: ServerEntry;
  /** Who had to have signed what it started. */
  readonly signersKey: string;
  readonly sharedByAll: boolean;
  readonly isAlone: boolean;
  usedAt = 0;
  #upstream: OpenUpstream | undefined;

  constructor(
    opened: Promise<Connected | Refusal>,
    { principal, server, configuration }: UpstreamNeed,
    isAlone: boolean,
  ) {
    this.opened = opened;
    this.principal = principal;
    this.server = server;
    this.signersKey = signersNeeded(configuration.snapshot.tenants[principal.tenant], server).key;
    this.isAlone = isAlone;
    this.sharedByAll = isShared(server) && !isAlone;
  }

  isWatching(): boolean {
    return this.#upstream?.isWatching() === true;
  }

  speaks(): ReturnType<OpenUpstream['speaks']> {
    return this.#upstream?.speaks();
  }

  /** Once it is open nobody waits for it; what did not open is forgotten. */
  open(forget: () => void): OpenUpstream | Promise<OpenUpstream | Refusal> {
    return this.#upstream ?? this.#untilOpen(forget);
  }

  async #untilOpen(forget: () => void): Promise<OpenUpstream | Refusal> {
    try {
      const opened = await this.opened;
      if (isRefusal(opened)) forget();
      else this.#upstream = opened.upstream;
      return isRefusal(opened) ? opened : opened.upstream;
    } catch (fault) {
      forget();
      throw fault;
    }
  }
}

/** INVARIANT: what is asked with tokens of users has a connection, and a session, for each task of each of them. */
function isShared(server: ServerEntry): boolean {
  if (server.credentials.some(({ kind }) => kind === 'exchange')) return false;
  return server.connect.kind === 'http' || server.shared;
}

/** Of a server that all share and that holds no secret: every call of it asks. */
const plainKeys = new WeakMap<ServerEntry, string>();

/** What may share a connection has one key. */
export function keyOf(need: UpstreamNeed): string {
  const { server } = need;
  const holds = server.credentials.some((use) => use.kind === 'environment');
  if (holds || !isShared(server)) return wholeKey(need);
  const known = plainKeys.get(server);
  if (known !== undefined && known.startsWith(`${need.principal.tenant}\n`)) return known;
  const key = wholeKey(need);
  plainKeys.set(server, key);
  return key;
}

function wholeKey({ principal, server, configuration }: UpstreamNeed): string {
  const secrets = configuration.snapshot.tenants[principal.tenant]?.secrets ?? {};
  const versions = server.credentials
    .filter((use) => use.kind === 'environment')
    .map((use) => `${use.secret}:${secrets[use.secret]?.version ?? 0}`);
  // A process remembers: the next task gets one of its own.
  const owner = isShared(server) ? '' : `${principal.instance} ${principal.task}`;
  return [principal.tenant, server.name, server.digest, owner, ...versions].join('\n');
}

/** The same for one task of one instance alone, of what is shared otherwise. */
export function aloneKeyOf(shared: string, { principal, asks = [] }: UpstreamNeed): string {
  return [shared, 'alone', principal.instance, principal.task, ...asks].join('\n');
}
