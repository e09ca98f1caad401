export { createCedarEngine, createInlineEngine } from './engine.ts';
