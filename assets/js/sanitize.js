// @ts-check
// What may stand in the page: short lists, everything else goes. DOMPurify has the last word, its
// result is a fragment, and nothing parses HTML after it.

import createPurify from '../vendor/purify.es.js';

const purify = createPurify({
  document, DocumentFragment, Element, HTMLFormElement, HTMLTemplateElement, NamedNodeMap, Node,
  NodeFilter, trustedTypes: /** @type {any} */ (window).trustedTypes, DOMParser: inertParser(),
});

/**
 * A parser of a frame that has gone. What it parses can run and load nothing; a parser of this page
 * would have Chromium report each handler and style to the policy, before they can be taken out.
 */
function inertParser() {
  const frame = document.createElement('iframe');
  document.documentElement.append(frame);
  const frameWindow = /** @type {any} */ (frame.contentWindow);
  const parser = frameWindow ? new frameWindow.DOMParser() : new DOMParser();
  frame.remove();
  return class {
    /** @param {string} html @param {DOMParserSupportedType} type */
    parseFromString(html, type) { return parser.parseFromString(html, type); }
  };
}

const TEXT_TAGS = ('a abbr b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i kbd li mark ol p pre '
  + 's small span strong sub sup table tbody td tfoot th thead tr u ul').split(' ');

// No images, frames, forms, media or SVG: each could ask another machine for something, or pose as
// a part of the page.
const CHILD_TAGS = [...TEXT_TAGS, ...('caption cite dd details dfn div dl dt figcaption figure '
  + 'meter progress q rp rt ruby samp section summary time var wbr').split(' ')];

const CHILD_ATTRIBUTES = ('href title start align colspan rowspan open value min max low high '
  + 'optimum datetime dir lang').split(' ');

const COMMON = {
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  KEEP_CONTENT: true,
  RETURN_DOM_FRAGMENT: true,
};

/**
 * HTML that Markdown became.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function sanitizeMarkdown(html) {
  const fragment = purify.sanitize(html, {
    ...COMMON, ALLOWED_TAGS: TEXT_TAGS, ALLOWED_ATTR: ['href', 'title', 'class', 'start', 'align'],
  });
  return withSafeLinks(fragment);
}

/**
 * HTML that a child made.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function sanitizeChildHtml(html) {
  const fragment = purify.sanitize(html, {
    ...COMMON, ALLOWED_TAGS: CHILD_TAGS, ALLOWED_ATTR: CHILD_ATTRIBUTES,
  });
  return withSafeLinks(fragment);
}

/**
 * HTML that the colours of a log's line became.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function sanitizeColours(html) {
  return purify.sanitize(html, {
    ...COMMON, ALLOWED_TAGS: ['b', 'span'], ALLOWED_ATTR: ['class'],
  });
}

/**
 * Links open elsewhere, and what they open can't reach back. (On DOM nodes, after sanitising.)
 * @param {DocumentFragment | null} fragment null: a frameset, which has no body
 */
function withSafeLinks(fragment) {
  if (!fragment) return document.createDocumentFragment();
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  return fragment;
}
