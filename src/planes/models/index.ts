export type * from './door.ts';
export { modelKind, providers } from './model-kind.ts';
