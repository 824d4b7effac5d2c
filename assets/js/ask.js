// @ts-check
// Asks the HTTP interface; what it refuses, and that it can't be reached, is an error in words.

import { t } from './strings.js';

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the answer's JSON
 */
export async function ask(path, options) {
  const answer = await fetch(path, options).catch((error) => {
    // An AbortError is of the asker's own making.
    throw error instanceof TypeError ? new Error(t('noConnection')) : error;
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}
