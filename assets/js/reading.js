// @ts-check
// Moves the read cursor of the thread that is shown while somebody is at its end: what came until
// then counts as read, in every tab.

const AFTER_MS = 400;

/**
 * @param {Session} session
 * @param {import('./follow.js').Follow} follow
 */
export function markRead(session, follow) {
  const { threads } = session;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const isReading = () => session.phase === 'live' && follow.isFollowing
    && document.visibilityState === 'visible';
  const mark = () => {
    timer = undefined;
    const { read_seq: read = 0, last_seq: last } = threads.current ?? {};
    // That it could not be told is no trouble: the next change or connection tells it.
    if (isReading() && last && last > read) threads.update({ read_seq: last }).catch(() => {});
  };
  const look = () => { timer ??= setTimeout(mark, AFTER_MS); };
  threads.on('change', look);
  follow.on('change', look);
  session.on('live', look);
  document.addEventListener('visibilitychange', look);
}
