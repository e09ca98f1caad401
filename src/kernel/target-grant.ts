import { parseTarget, type Target } from './target.ts';

/** What a manifest grants beside its tools: one thing by its name, or all whose name begins so. */
export interface TargetGrant {
  readonly target: Target & { readonly name: string };
  readonly prefix: boolean;
}

/** `KIND:OWNER/NAME`; a star at the end, and only there, stands for any rest of the name. */
export function parseTargetGrant(text: string): TargetGrant | undefined {
  const prefix = text.endsWith('*');
  const target = parseTarget(prefix ? text.slice(0, -1) : text);
  if (target?.name === undefined || target.name.includes('*')) return undefined;
  return { target: { ...target, name: target.name }, prefix };
}
