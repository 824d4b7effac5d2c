// @ts-check
// What an answer, or a thread, came to, in words: tokens in, out and read from the cache, and cost.

import { t } from './strings.js';

const language = document.documentElement.lang || undefined;
const whole = new Intl.NumberFormat(language);
const money = new Intl.NumberFormat(language, {
  style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: 4,
});

/** The members of `usage` that are counts, and their sum. */
const MEMBERS = /** @type {const} */ ([
  'input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens',
  'cost_micro_usd',
]);

/** @param {(number | null | undefined)[]} values */
function numbers(values) {
  return /** @type {number[]} */ (values.filter((one) => typeof one === 'number'));
}

/**
 * The sum of several answers; what is known of none of them stays unknown.
 * @param {Usage[]} usages
 * @returns {Usage}
 */
export function sum(usages) {
  /** @type {Usage} */
  const total = {};
  for (const member of MEMBERS) {
    const known = numbers(usages.map((one) => one[member]));
    // A cost that leaves some of them out would be taken for all of it.
    const isWhole = member !== 'cost_micro_usd' || known.length === usages.length;
    if (known.length > 0 && isWhole) total[member] = known.reduce((a, b) => a + b, 0);
  }
  return total;
}

/** @param {number | null | undefined} count */
const tokens = (count) => (typeof count === 'number' ? whole.format(count) : t('unknown'));

/** @param {number | null | undefined} microUSD */
export function cost(microUSD) {
  if (typeof microUSD !== 'number') return t('unknown');
  const dollars = microUSD / 1_000_000;
  return dollars > 0 && dollars < 0.0001 ? `<${money.format(0.0001)}` : money.format(dollars);
}

/**
 * Everything that was read for an answer, whatever was paid for it.
 * @param {Usage} usage
 */
function inputs(usage) {
  const parts = numbers([
    usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens,
  ]);
  return parts.length > 0 ? parts.reduce((a, b) => a + b, 0) : null;
}

/** @param {Usage} usage */
export function usageWords(usage) {
  const values = {
    input: tokens(inputs(usage)), output: tokens(usage.output_tokens),
    cached: tokens(usage.cache_read_input_tokens), cost: cost(usage.cost_micro_usd),
  };
  return t(usage.cache_read_input_tokens ? 'usageCached' : 'usage', values);
}
