export { createCedarEngine } from './engine.ts';
export { createReferenceEngine } from './reference.ts';
