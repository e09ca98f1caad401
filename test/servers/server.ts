/** A tool server of others, unmodified, and what it is asked in this trial. */
export interface ForeignServer {
  readonly name: string;
  /** As a ToolServer document says it. */
  readonly connect: {
    readonly command: string;
    readonly args: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  };
  readonly calls: readonly Call[];
  /** Tools that do whatever their text says: somebody has to answer for them before they are served. */
  readonly exceptions?: readonly string[];
}

export interface Call {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  /** The answer holds a time or the like: only its shape can be the same twice. */
  readonly differs?: true;
  /** What clients make of it is their own, or it counts within its process: one client alone is asked. */
  readonly uneven?: true;
  /** What is no text of it is the same twice, though. */
  readonly sameMedia?: true;
}
