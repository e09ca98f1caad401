export { openExportBook } from './export-book.ts';
