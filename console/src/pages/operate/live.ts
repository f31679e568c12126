/** How often the operator's pages look, ms. */

export const LIVE_MS = 10_000;
