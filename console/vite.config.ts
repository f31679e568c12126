/** How the Console is built: one page, chunks that load when they are needed, nothing from other hosts. */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // Addresses of chunks are relative: the server may put the Console below a path.
  base: './',
  build: {
    target: 'es2024',
    outDir: 'dist',
    emptyOutDir: true,
    // Files become files: data: URLs of fonts and scripts are against the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
