import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: new URL('app', import.meta.url).pathname,
  base: '/console/',
  plugins: [react(), tailwind()],
  build: {
    target: 'es2024',
    // The policy of the page lets nothing inline run, and no worker needs a map of the sources.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    emptyOutDir: true,
  },
});
