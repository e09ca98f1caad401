export { type CedarParts, createCedarEngine } from './engine.ts';
