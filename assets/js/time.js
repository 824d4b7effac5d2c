// @ts-check
// Times as people read them. Formatting objects are made once: making one costs more than using it.

import { t } from './strings.js';

const language = document.documentElement.lang || undefined;
const clockFormat = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(language, {
  weekday: 'long', day: 'numeric', month: 'long', year: 'numeric',
});
const fullFormat = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' });
const secondFormat = new Intl.DateTimeFormat(language, {
  hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
});

/** @param {string} iso */
export const clock = (iso) => format(clockFormat, iso);
/** @param {string} iso */
export const fullTime = (iso) => format(fullFormat, iso);
/** @param {string} iso */
export const clockWithSeconds = (iso) => format(secondFormat, iso);

/**
 * @param {Intl.DateTimeFormat} how
 * @param {string} iso
 */
function format(how, iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? '' : how.format(date);
}

/**
 * The local calendar day, as a key.
 * @param {string} iso
 */
export function dayKey(iso) {
  return new Date(iso).toDateString();
}

/** @param {string} iso */
export function dayName(iso) {
  const key = dayKey(iso);
  if (key === new Date().toDateString()) return t('today');
  if (key === new Date(Date.now() - 86_400_000).toDateString()) return t('yesterday');
  return format(dayFormat, iso);
}

/**
 * How long a child took: exact where it was quick.
 * @param {number | null | undefined} ms
 */
export function latency(ms) {
  if (ms === null || ms === undefined) return '';
  if (ms < 1) return '<1 ms';
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * A span in its two largest units: "2 h 5 min".
 * @param {number} ms
 */
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [d, hr, m, s] = [
    Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60, seconds % 60,
  ];
  const parts = d ? [`${d} d`, hr && `${hr} h`]
    : hr ? [`${hr} h`, m && `${m} min`] : m ? [`${m} min`, s && `${s} s`] : [`${s} s`];
  return parts.filter(Boolean).join(' ');
}

/**
 * How long something lasted: exact where it was short.
 * @param {number} ms
 */
export function lasting(ms) {
  return ms < 60_000 ? latency(ms) : span(ms);
}

/**
 * Time that is left, with tenths towards its end.
 * @param {number} ms
 */
export function countdown(ms) {
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : span(ms);
}

/**
 * Milliseconds until then; 0 for what is no time or is over.
 * @param {string | null | undefined} iso
 */
export function until(iso) {
  const at = iso ? new Date(iso).getTime() : NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}

/**
 * A sentence of chatd's, whose times are the world's, with those of the reader.
 * @param {string} text
 */
export function withLocalTimes(text) {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => clockWithSeconds(iso) || iso);
}

/** @param {string} iso */
export function ago(iso) {
  const ms = Date.now() - new Date(iso).getTime();
  return ms < 2000 ? t('justNow') : t('ago', { time: span(ms).replace(/ (?=\d).*/, '') });
}

/**
 * Milliseconds since then; 0 for what is no time.
 * @param {string | null | undefined} iso
 */
export function since(iso) {
  const at = iso ? new Date(iso).getTime() : NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, Date.now() - at);
}
