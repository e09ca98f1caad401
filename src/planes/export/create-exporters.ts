import type { ExportForm, SinkKind, SinkParts } from '#contracts/event-sink.ts';
import { Exporter, type ExporterParts } from './exporter.ts';
import { forms } from './forms.ts';
import type { ConfiguredSink } from './say-changes.ts';

/** A receiver as its file names it. */
export interface SinkSettings extends Omit<ConfiguredSink, 'place'> {
  readonly form: ExportForm;
  /** As its kind reads it. */
  readonly spec: object;
}

export interface ExportersParts
  extends Pick<ExporterParts, 'logs' | 'book' | 'note' | 'clock' | 'random' | 'parse'> {
  readonly kinds: readonly SinkKind[];
  readonly sinkParts: SinkParts;
}

export function createExporters(
  settings: readonly SinkSettings[],
  { kinds, sinkParts, ...shared }: ExportersParts,
): readonly Exporter[] {
  return settings.map(({ name, kind, tenant, form, spec }) => {
    const of = kindOf(kinds, kind);
    // INVARIANT: it was read by the schema of this very kind.
    const place = of.placeOf(spec as never);
    return new Exporter({
      ...shared,
      sink: of.open(spec as never, sinkParts),
      is: { sink: name, kind, tenant, place },
      form,
      write: forms[form],
    });
  });
}

/** With where each one's records go, for people. */
export function placed(
  settings: readonly SinkSettings[],
  kinds: readonly SinkKind[],
): readonly ConfiguredSink[] {
  return settings.map(({ spec, ...sink }) => ({
    ...sink,
    place: kindOf(kinds, sink.kind).placeOf(spec as never),
  }));
}

function kindOf(kinds: readonly SinkKind[], kind: string): SinkKind {
  const found = kinds.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no kind of sink \`${kind}\``);
  return found;
}
