export type * from './door.ts';
export { createExporters, placed, type SinkSettings } from './create-exporters.ts';
export { Exporter, type ExporterParts } from './exporter.ts';
export { type ExportsHealth, ExportWatch } from './export-watch.ts';
export { forms } from './forms.ts';
export { answerNote, type AskedNote, type NotedAnswer, NotesOnTheirWay } from './noted.ts';
export { runExporters } from './run-exports.ts';
export { waitingOf } from './waiting-of.ts';
export { type ConfiguredSink, sayChanges } from './say-changes.ts';
