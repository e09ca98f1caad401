export { type LogFs, nodeLogFs } from './files.ts';
export {
  defaultOriginPrefix,
  logOrigin,
  type RunningIntegrator,
  type StartIntegratorOptions,
  startIntegrator,
} from './integrator.ts';
export { type OpenLogReaderOptions, openLogReader } from './log-reader.ts';
export { type OpenLogWriterOptions, openLogWriter } from './log-writer.ts';
