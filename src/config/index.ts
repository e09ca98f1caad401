export { documentSchema, wordsOf } from './document-schema.ts';
export { type ChangeDeskParts, createChangeDesk, reviewGate } from './changes.ts';
export { followReviews } from './follow-reviews.ts';
export { heldFolder } from './held-folder.ts';
export { type Step, type Wanted, withSteps } from './plan.ts';
export { alterTenant, proposeDocuments } from './propose.ts';
export { judgeStep } from './risk.ts';
export { createDocumentDesk, type DocumentDeskParts } from './desk.ts';
export {
  type Compiled,
  type CompileOptions,
  compileSnapshot,
  type ServerPin,
  type TenantSource,
} from './compile.ts';
export { type Compiler, createCompiler } from './compiler.ts';
export type { CompilerParts, Proposing } from './next-snapshot.ts';
export {
  type LoadedDocument,
  type LoadedDocuments,
  loadDocuments,
  type LoadOptions,
  type LoadSource,
} from './load.ts';
export { loadExports, type NamedSink, readExports } from './read-exports.ts';
export { namedBy } from './named-secrets.ts';
export { untilInForce } from './until-in-force.ts';
export type { CompileProblem, ConfigProblem } from './problem.ts';
export { createFolderWatch, folderMark, type FolderWatch } from './watch-folder.ts';
export { readFolder, type ReadFolder, type SourceFile } from './read-folder.ts';
