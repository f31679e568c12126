/** The part of pdf.js that reads documents has no types of its own. It is handed on as it is. */

declare module 'pdfjs-dist/build/pdf.worker.mjs';
