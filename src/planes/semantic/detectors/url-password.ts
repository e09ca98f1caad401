import { byPattern } from '../detector.ts';

const stand = /:(?:pass|password|passwd|pwd|secret|token|x+|\*+|[<{$%[].*)@$/i;

/** `scheme://user:password@host`, as connection strings have it. */
export const urlPassword = byPattern(
  'url-password',
  ['://'],
  /:\/\/[^\s:@/?#"'\\]{0,64}:[^\s:@/?#"'\\]{3,128}@/y,
  (match) => !stand.test(match),
);
