/** Where the focus goes when the button that had it has done its work and is gone: back to the list. */

export const focusList = (): void =>
  document.querySelector<HTMLElement>('[role=grid] [data-index][tabindex="0"]')?.focus({ preventScroll: true });
