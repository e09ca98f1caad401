export { openEvidencePlace } from './evidence-folder.ts';
