// @ts-check
// The browser's storage, which may be missing (private window), refused or full: what can't be kept
// there then lives as long as the page.

/** @param {() => Storage} which asked for late: naming it may throw already */
function safely(which) {
  return {
    /** @param {string} key @returns {string | null} */
    get(key) {
      try {
        return which().getItem(key);
      } catch {
        return null;
      }
    },

    /**
     * @param {string} key
     * @param {string | null} value null removes it
     */
    set(key, value) {
      try {
        if (value === null) which().removeItem(key);
        else which().setItem(key, value);
      } catch {
        // See above.
      }
    },

    /** @returns {string[]} */
    keys() {
      try {
        return Object.keys(which());
      } catch {
        return [];
      }
    },
  };
}

/** Outlives the page, for all tabs. */
export const kept = safely(() => localStorage);
/** Outlives a reload, for this tab. */
export const tabKept = safely(() => sessionStorage);
