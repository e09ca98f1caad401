export { openFolderArchive } from './folder-archive.ts';
