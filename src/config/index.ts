export { type Compiled, type CompileInput, compileSnapshot } from './compile.ts';
export { type FileProblem, loadDocuments, type Loaded, parseDocuments } from './load.ts';
