import { type ServerReport, type ServerState } from '#contracts/server-report.ts';
import type { Signed } from '#contracts/signers.ts';
import type { ConnectionNews, Lent } from '#contracts/tool-server.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Intake } from './intake.ts';
import { lastOf, Printed, type PrintedLine, shortened } from './printed.ts';

interface Parts {
  readonly clock: Clock;
  readonly intake: Pick<Intake, 'printed'>;
}

type Named = Pick<ServerReport, 'tenant' | 'server' | 'digest'>;

/** Of a fault, or of how a process ended. */
const longestWords = 1_000;
/** Of those that ended, the last few are remembered for what they printed. */
const mostEnded = 4;
/** A server that prints without end is cleaned and told no more often than this. */
const printedEveryMs = 2_000;

/** One connection: a process, or a session. */
interface Line {
  readonly printed: Printed;
  printedAt: number;
  startedAt: number;
  state: 'opening' | 'starting' | 'up' | 'ended';
  pid: number | null;
  era: string | null;
  revision: string | null;
}

/** One tool server as this gateway sees it, by one version of its document. */
export class ServerSeen implements Named {
  readonly tenant: string;
  readonly server: string;
  readonly digest: string;
  readonly #parts: Parts;
  #lines: Line[] = [];
  /** Lines printed by those that are forgotten. */
  #forgotten = 0;
  #state: ServerState = 'off';
  #since: number;
  #ended: ServerReport['ended'] = null;
  #fault: (NonNullable<ServerReport['fault']> & { readonly waits: boolean }) | null = null;
  #tools: number | null = null;
  #lookedAt: number | null = null;
  #signed: ServerReport['signed'] = null;
  #nextTryAt: number | null = null;
  #isTold = false;
  #hasPrinted = false;
  #printedAt = Number.NEGATIVE_INFINITY;
  #shown: readonly PrintedLine[] = [];

  constructor({ tenant, server, digest }: Named, parts: Parts) {
    this.tenant = tenant;
    this.server = server;
    this.digest = digest;
    this.#parts = parts;
    this.#since = parts.clock.now();
  }

  connection(lent: readonly Lent[], wants: string): (news: ConnectionNews) => void {
    const line: Line = {
      printed: new Printed(lent),
      printedAt: 0,
      startedAt: 0,
      state: 'opening',
      pid: null,
      era: null,
      revision: null,
    };
    this.#lines.push(line);
    return (news) => {
      if (news.kind === 'signed') this.#sign(news.signed, wants);
      else this.#take(line, news);
    };
  }

  looked(outcome: { readonly tools: number } | Refusal): void {
    const at = this.#parts.clock.now();
    if (isRefusal(outcome)) {
      const { code, message } = outcome;
      const told = shortened(message, longestWords);
      this.#fault = { at, code, message: told, waits: !isTried.test(code) };
    } else {
      this.#fault = null;
      this.#tools = outcome.tools;
      this.#lookedAt = at;
    }
    this.#settle();
  }

  nextLook(inMs: number): void {
    this.#nextTryAt = this.#parts.clock.now() + inMs;
    this.#isTold = false;
  }

  again(): void {
    this.#isTold = false;
  }

  /** Undefined when there is nothing new to tell. */
  report(): ServerReport | undefined {
    const clean = this.#hasPrinted && this.#mayClean();
    if (this.#isTold && !clean) return undefined;
    this.#isTold = true;
    if (clean) this.#clean();
    const newest = this.#lines.findLast(({ state }) => state === 'up' || state === 'starting');
    const { tenant, server, digest } = this;
    return {
      tenant,
      server,
      digest,
      state: this.#state,
      since: this.#since,
      connections: this.#lines.filter(({ state }) => state === 'up').length,
      pid: newest?.pid ?? null,
      era: newest?.era ?? null,
      revision: newest?.revision ?? null,
      ended: this.#ended,
      fault: toldFault(this.#fault),
      tools: this.#tools,
      lookedAt: this.#lookedAt,
      nextTryAt: this.#nextTryAt,
      signed: this.#signed,
      printed: this.#lines.reduce((sum, { printed }) => sum + printed.lines, this.#forgotten),
      lines: this.#shown.map(({ text }) => text),
      places: this.#shown.map(({ place }) => place),
    };
  }

  #sign(signed: Signed | undefined, wants: string): void {
    this.#signed = signed === undefined ? null : { ...signed, wants };
    this.#settle();
  }

  #take(line: Line, news: Exclude<ConnectionNews, { kind: 'signed' }>): void {
    switch (news.kind) {
      case 'printed':
        line.printed.add(news.bytes);
        line.printedAt = this.#parts.clock.now();
        this.#hasPrinted = true;
        return;
      case 'starting':
        this.#begin(line);
        line.startedAt = this.#parts.clock.now();
        Object.assign(line, {
          state: 'starting',
          pid: news.pid ?? null,
          era: null,
          revision: null,
        });
        break;
      case 'up':
        Object.assign(line, { state: 'up', era: news.era, revision: news.revision });
        break;
      case 'gone':
        this.#ended = {
          at: this.#parts.clock.now(),
          why: shortened(news.why, longestWords),
          exitCode: news.exitCode ?? null,
          signal: news.signal ?? null,
        };
        this.#end(line);
        break;
      case 'closed':
        this.#end(line);
    }
    this.#settle();
  }

  /** A process is started again in the place of one that ended. */
  #begin(line: Line): void {
    line.printed.begin();
    if (this.#lines.includes(line)) return;
    this.#forgotten -= line.printed.lines;
    this.#lines.push(line);
  }

  #end(line: Line): void {
    line.state = 'ended';
    line.printed.end();
    this.#hasPrinted ||= line.printed.lines > 0;
    const ended = this.#lines.filter(({ state }) => state === 'ended');
    const old = new Set(ended.slice(0, Math.max(0, ended.length - mostEnded)));
    for (const { printed } of old) this.#forgotten += printed.lines;
    this.#lines = this.#lines.filter((one) => !old.has(one));
  }

  #settle(): void {
    const state = this.#stateNow();
    if (state !== this.#state) this.#since = this.#parts.clock.now();
    this.#state = state;
    this.#isTold = false;
  }

  /** A look that failed says more than a process that runs; one that ended since says more than it. */
  #stateNow(): ServerState {
    const has = (state: Line['state']) => this.#lines.some((one) => one.state === state);
    if (this.#fault !== null) {
      if (this.#fault.waits) return 'waiting';
      // A process that was there when the look failed may need its time; one since then is a new try.
      const { at } = this.#fault;
      const slow = this.#lines.some((one) => one.state === 'starting' && one.startedAt <= at);
      return slow ? 'starting' : 'failed';
    }
    if (has('up')) return 'up';
    if (has('starting')) return 'starting';
    return this.#ended !== null && this.#ended.at >= (this.#lookedAt ?? 0) ? 'failed' : 'off';
  }

  #mayClean(): boolean {
    return this.#parts.clock.monotonic() - this.#printedAt >= printedEveryMs;
  }

  #clean(): void {
    this.#printedAt = this.#parts.clock.monotonic();
    this.#hasPrinted = false;
    const byTime = this.#lines.toSorted((a, b) => a.printedAt - b.printedAt);
    this.#shown = lastOf(byTime.flatMap(({ printed }) => printed.shown(this.#parts.intake)));
  }
}

/** Refusals that came from asking it; all others came before it was asked. */
const isTried = /^(tools|gateway)\//;

function toldFault(fault: ServerReport['fault']): ServerReport['fault'] {
  return fault === null ? null : { at: fault.at, code: fault.code, message: fault.message };
}
