/**
 * What the Console's port shows where the app was not built: how to build it, where S3 is served, and how to set up s3cmd for it.
 * Static, without scripts or secrets.
 *
 * Colours and type are those of the Console. The policy lets in one style sheet, by its hash, and nothing else. Values
 * come from the configuration, never from the request, and are escaped all the same.
 */

import { createHash } from 'node:crypto';
import type { PlainReply } from '../plain-server.ts';

export interface SetupPageOptions {
  /** Origin of S3 as clients are told it. */
  readonly endpoint: string;
  readonly region: string;
  /** Lines of a `.s3cfg` with placeholders for key and secret: for signature V4 and for V2. */
  readonly s3cfg: { readonly v4: string; readonly v2: string };
}

/** Made once, for every address that the app would have. */
export function createSetupPage(options: SetupPageOptions): PlainReply {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return Object.freeze({
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
    },
    body: render(options),
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** Three ridges left by a glacier, three copies. */
const MARK = `<svg viewBox="0 0 32 24" width="40" height="30" aria-hidden="true" fill="none" stroke-width="3" stroke-linecap="round">
<path class="glacier" d="M2 22a14 14 0 0 1 28 0"/><path class="gentian" d="M7 22a9 9 0 0 1 18 0"/><path class="larch" d="M12 22a4 4 0 0 1 8 0"/></svg>`;

function render({ endpoint, region, s3cfg }: SetupPageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moraine</title>
<style>${STYLE}</style>
</head>
<body>
<header>${MARK}<h1>Moraine</h1></header>
<main>
<p class="lead">S3-compatible object storage. It runs, and this page tells you how to reach it.</p>
<section class="card">
<h2>The Console is not built here</h2>
<p>Its pages are made from <code>console/</code> when the server is started with <code>npm start</code>. That needs the packages
for building, which <code>npm ci</code> brings and <code>npm ci --omit=dev</code> leaves out. To build them by hand, and see what is
wrong where that fails, stop the server and run in its directory:</p>
<pre><code>npm ci
npm run console</code></pre>
<p>Then start it again. S3 and the account API work without.</p>
</section>
<dl class="card facts">
<dt>Endpoint</dt><dd><code>${escapeHtml(endpoint)}</code></dd>
<dt>Region</dt><dd><code>${escapeHtml(region)}</code></dd>
<dt>Signatures</dt><dd>version 4 and version 2</dd>
</dl>
<section class="card">
<h2>Set up s3cmd</h2>
<ol>
<li><p>Install it: <code>apt-get install s3cmd</code> or <code>brew install s3cmd</code>.</p></li>
<li><p>Save this as <code>.s3cfg</code> in your home directory, with your own key and secret:</p>
<pre><code>${escapeHtml(s3cfg.v4)}</code></pre>
<details><summary>For clients that only know signature version 2</summary>
<pre><code>${escapeHtml(s3cfg.v2)}</code></pre></details></li>
<li><p>Make a bucket, put a file into it, and look:</p>
<pre><code>s3cmd mb s3://my-new-bucket
s3cmd put picture.jpg s3://my-new-bucket/picture.jpg
s3cmd ls s3://my-new-bucket</code></pre></li>
</ol>
</section>
<section class="card">
<h2>Key and secret</h2>
<p>The first start printed a key for the account <code>operator</code> in the server’s terminal. On the server,
<code>moraine s3cfg</code> prints a complete <code>.s3cfg</code>, and <code>moraine key create ACCOUNT</code> makes
another key. Keys are never shown on this page.</p>
</section>
</main>
</body>
</html>
`;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#F5F8F9;--surface:#FFFFFF;--sunken:#E9EFF2;--line:#D3DDE1;--text:#10222B;--text-2:#435760;--primary:#0B6680;--gentian:#3A4FB0;--larch:#8A5200;--focus:#2F5BD0}
@media (prefers-color-scheme:dark){:root{--bg:#0B1418;--surface:#111E24;--sunken:#081014;--line:#243842;--text:#E7F0F3;--text-2:#ABBEC6;--primary:#5CC4DE;--gentian:#A9B6F7;--larch:#E5B05A;--focus:#8FB4FF}}
*{box-sizing:border-box}
body{margin:0;padding:48px 16px;background:var(--bg);color:var(--text);font:400 14px/20px Inter,ui-sans-serif,system-ui,sans-serif}
header,main{max-width:680px;margin:0 auto}
header{display:flex;align-items:center;gap:12px;margin-bottom:16px}
.glacier{stroke:var(--primary)}.gentian{stroke:var(--gentian)}.larch{stroke:var(--larch)}
h1{margin:0;font:600 28px/36px Inter,ui-sans-serif,system-ui,sans-serif}
h2{margin:0 0 12px;font:600 16px/24px Inter,ui-sans-serif,system-ui,sans-serif}
p{margin:0 0 8px}
.lead{margin-bottom:24px;font-size:16px;line-height:24px;color:var(--text-2)}
.card{margin:0 0 24px;padding:24px;background:var(--surface);border:1px solid var(--line);border-radius:10px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:8px 24px}
dt{color:var(--text-2)}dd{margin:0;overflow-wrap:anywhere}
ol{margin:0;padding-left:20px}li{margin-bottom:16px}li:last-child{margin-bottom:0}li::marker{color:var(--text-2)}
code{font:13px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:0 0 8px;padding:12px 16px;overflow-x:auto;background:var(--sunken);border-radius:6px}
summary{color:var(--primary);cursor:pointer;margin-bottom:8px;width:max-content;max-width:100%}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
@media (max-width:480px){body{padding:24px 12px}.card{padding:16px}.facts{grid-template-columns:1fr;gap:2px}dd{margin-bottom:8px}}
`;
