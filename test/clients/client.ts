/** What an answer was to the client that asked, in its own terms. */
export interface Said {
  /** A result, an error of the protocol, or an exception that ends what the client was doing. */
  readonly as: 'result' | 'tool error' | 'protocol error' | 'exception';
  readonly text: string;
  /** How many notices of progress came before it, where the client can hear them. */
  readonly progress?: number;
}

/** One connection of a client, over which everything of a scenario happens. */
export interface Attached {
  list(): Promise<readonly string[]>;
  call(tool: string, args: Record<string, unknown>): Promise<Said>;
  close(): Promise<void>;
}

export interface ForeignClient {
  readonly name: string;
  readonly runtime: 'node' | 'python' | 'go';
  /** It starts anew for each request: there is no session that a refusal could end. */
  readonly oneShot?: true;
  /** Connects, with a bearer in the header as its own documentation says. */
  attach(url: string, bearer: string): Promise<Attached>;
}

/** An answer of `tools/call`, as all SDKs give it. */
export function saidOf(result: unknown, progress?: number): Said {
  const { content, isError } = result as {
    content?: readonly { readonly text?: string }[];
    isError?: boolean;
  };
  const text = (content ?? []).map((part) => part.text ?? '').join('\n');
  const told: Said = { as: isError === true ? 'tool error' : 'result', text };
  return progress === undefined ? told : { ...told, progress };
}

/** What a client threw. Those that are answers of the protocol carry its code. */
export function thrownBy(fault: unknown): Said {
  const { code, message } = fault as { code?: unknown; message?: string };
  const isProtocol = typeof code === 'number' && code < -32_000;
  return { as: isProtocol ? 'protocol error' : 'exception', text: message ?? String(fault) };
}
