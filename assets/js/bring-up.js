// @ts-check
// Leads a reader to an element: into view, with the focus, so that reading goes on from there.

/** @param {HTMLElement} element */
export function bringUp(element) {
  element.scrollIntoView({ block: 'center' });
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
}
