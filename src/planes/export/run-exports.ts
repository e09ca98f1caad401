import type { ExportState } from './door.ts';
import type { Exporter } from './exporter.ts';

export interface RunParts {
  /** Resolves after so long, or when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RunningExporters {
  states(): readonly ExportState[];
  /** Resolves when what was settled is remembered and nothing is open any more. */
  stop(): Promise<void>;
}

/** Each on its own: a receiver that is slow or away is waited for by its own exporter alone. */
export function runExporters(
  exporters: readonly Exporter[],
  { sleep }: RunParts,
): RunningExporters {
  const end = new AbortController();
  const { signal } = end;
  const run = async (exporter: Exporter): Promise<void> => {
    while (!signal.aborted) await sleep(await exporter.step(signal), signal);
    await exporter.close();
  };
  const ended = Promise.allSettled(exporters.map(run));
  return {
    states: () => exporters.map((one) => one.state()),
    async stop() {
      end.abort();
      await ended;
    },
  };
}
