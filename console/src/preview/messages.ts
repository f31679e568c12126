/** What the page and the frame that draws documents say to each other. The frame has no origin: each looks at who speaks, not from where. */

/** To the frame: once, when it is ready. */
export interface Draw {
  readonly kind: 'draw';
  readonly bytes: ArrayBuffer;
  /** Words of the page's language. */
  readonly pageName: string;
}

/** From the frame. */
export type Said = { readonly kind: 'ready' } | { readonly kind: 'drawn' } | { readonly kind: 'failed' };

export function saidIn(data: unknown): Said['kind'] | undefined {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return undefined;
  return (['ready', 'drawn', 'failed'] as const).find((kind) => kind === data.kind);
}

export function drawIn(data: unknown): Draw | undefined {
  if (typeof data !== 'object' || data === null || !('kind' in data) || data.kind !== 'draw') return undefined;
  if (!('bytes' in data) || !(data.bytes instanceof ArrayBuffer)) return undefined;
  const pageName = 'pageName' in data && typeof data.pageName === 'string' ? data.pageName : '';
  return { kind: 'draw', bytes: data.bytes, pageName };
}
