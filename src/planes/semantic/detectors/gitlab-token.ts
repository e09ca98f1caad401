import { byPattern } from '../detector.ts';

export const gitlabToken = byPattern(
  'gitlab-token',
  ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glsoat-'],
  /gl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_.-]{20,255}/y,
);
