/**
 * Draws a PDF that the page around hands in, with pdf.js. Runs in `preview.html`: a sandbox without an origin, without network, storage
 * or forms. pdf.js runs without a worker (a sandbox cannot have one of ours) and without evaluating code. Pages are drawn when they come
 * near what is seen; the text of each is read out with its picture. Links and scripts in the document do nothing.
 */

import { getDocument, type PDFDocumentProxy, type PDFPageProxy } from 'pdfjs-dist';
// The part that reads documents, in this thread: pdf.js finds it once it is loaded.
import 'pdfjs-dist/build/pdf.worker.mjs';
import { drawIn, type Said } from './messages.ts';
import './preview.css';

/** Device pixels of a page's width, at most: canvases larger than browsers take stay white. */
const WIDEST = 2400;
const LABEL_LENGTH = 4000;

const say = (kind: Said['kind']): void => window.parent.postMessage({ kind }, '*');

async function paint(page: PDFPageProxy, canvas: HTMLCanvasElement, label: string): Promise<void> {
  const natural = page.getViewport({ scale: 1 });
  const width = Math.min(WIDEST, Math.max(320, canvas.clientWidth) * window.devicePixelRatio);
  const viewport = page.getViewport({ scale: width / natural.width });
  canvas.width = Math.round(viewport.width);
  canvas.height = Math.round(viewport.height);
  await page.render({ canvas, viewport }).promise;
  const { items } = await page.getTextContent();
  const words = items.map((item) => ('str' in item ? item.str : '')).join(' ');
  canvas.setAttribute('aria-label', `${label}. ${words.slice(0, LABEL_LENGTH)}`);
}

async function show(pdf: PDFDocumentProxy, pageName: string): Promise<void> {
  const first = (await pdf.getPage(1)).getViewport({ scale: 1 });
  const numbers = new Map<Element, number>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const number = numbers.get(target);
        if (!isIntersecting || number === undefined || !(target instanceof HTMLCanvasElement)) continue;
        observer.unobserve(target);
        void pdf.getPage(number).then((page) => paint(page, target, `${pageName} ${number}`));
      }
    },
    { rootMargin: '600px' },
  );
  for (let number = 1; number <= pdf.numPages; number++) {
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${pageName} ${number}`);
    // Room for what is not drawn yet, in the shape of the first page.
    canvas.width = 600;
    canvas.height = Math.round((600 * first.height) / first.width);
    numbers.set(canvas, number);
    document.body.append(canvas);
    observer.observe(canvas);
  }
}

async function draw(bytes: ArrayBuffer, pageName: string): Promise<void> {
  const pdf = await getDocument({
    data: bytes,
    ...{ isEvalSupported: false, useWasm: false, useWorkerFetch: false, stopAtErrors: false },
    ...{ enableXfa: false, disableAutoFetch: true, isOffscreenCanvasSupported: false },
  }).promise;
  await show(pdf, pageName);
}

window.addEventListener('message', (event) => {
  const asked = event.source === window.parent ? drawIn(event.data) : undefined;
  if (asked === undefined) return;
  draw(asked.bytes, asked.pageName).then(
    () => say('drawn'),
    () => say('failed'),
  );
});
say('ready');
