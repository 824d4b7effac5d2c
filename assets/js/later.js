// @ts-check
// What the first view does without. It comes when it is needed; and before that as soon as the page
// is idle, so that it is there when chatd is not.

export const later = {
  actions: () => import('./thread-actions.js'),
  calls: () => import('./tool-call-view.js'),
  certificate: () => import('./certificate.js'),
  details: () => import('./reply-details.js'),
  editor: () => import('./message-editor.js'),
  failure: () => import('./reply-failure.js'),
  highlight: () => import('./highlight.js'),
  log: () => import('./log-view.js'),
  math: () => import('./math-drawing.js'),
  menu: () => import('./menu.js'),
  news: () => import('./child-news.js'),
  question: () => import('./question.js'),
  search: () => import('./search-view.js'),
  shortcuts: () => import('./shortcuts-view.js'),
};

/** Has all of it come. What does not is asked for again, and its lack told, when it is needed. */
export function loadLater() {
  const load = () => Promise.allSettled(Object.values(later).map((one) => one()));
  if ('requestIdleCallback' in window) requestIdleCallback(load);
  else setTimeout(load, 1000);
}
