// @ts-check
// Formulas in TeX: how they are found in Markdown. What draws them comes with the first one.

/** Characters of one formula; what is longer stays text, so that searching costs little. */
const MOST = 4000;

const ANY = `[^]{1,${MOST}}?`;
const LINES = `(?:(?!\\n[ \\t]*\\n)[^]){1,${MOST}}?`;
const DISPLAY = ` {0,3}(?:\\$\\$${LINES}\\$\\$|\\\\\\[${LINES}\\\\\\])[ \\t]*(?:\\n|$)`;
const BLOCK = new RegExp(`^${DISPLAY}`);
const NEXT_BLOCK = new RegExp(`\\n(?=${DISPLAY})`);
// One dollar is money more often than not: what stands inside touches both, is not a number with
// a word behind it, and no digit, name or brace follows.
const DOLLARS = String.raw`\$(?![\s$]|[\d.,]+ \(?[a-z]{2})(?:\\.|[^\\$\n]){0,999}?`
  + String.raw`(?:\\\S|[^\s\\$])\$(?![\dA-Z_{])`;
const INLINE = new RegExp(
  `^(?:\\$\\$(?!\\$)${ANY}\\$\\$|\\\\\\[${ANY}\\\\\\]|\\\\\\(${ANY}\\\\\\)|${DOLLARS})`,
);

/** @param {RegExp} form @param {string} type */
const tokenizer = (form, type) => (/** @type {string} */ source) => {
  const [raw] = form.exec(source) ?? [];
  return raw && { type, raw, text: raw.trim() };
};

/**
 * What the Markdown parser has to know; in the HTML a formula is its source in a `span.math`.
 * @param {(text: string) => string} escape
 */
export function mathExtensions(escape) {
  const span = (/** @type {any} */ { text }) => `<span class="math">${escape(text)}</span>`;
  return {
    block: [tokenizer(BLOCK, 'display')],
    inline: [tokenizer(INLINE, 'math')],
    // Where a paragraph ends because of a formula: not beyond the next empty line.
    startBlock: [(/** @type {string} */ source) => {
      const end = source.search(/\n[ \t]*\n/);
      return (end < 0 ? source : source.slice(0, end)).search(NEXT_BLOCK);
    }],
    startInline: [(/** @type {string} */ source) => source.search(/\$|\\[([]/)],
    renderers: { math: span, display: (/** @type {any} */ token) => `<p>${span(token)}</p>` },
    childTokens: {},
  };
}
