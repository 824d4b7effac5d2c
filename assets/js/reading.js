// @ts-check
// Moves the read cursor of the thread that is shown while somebody is at its end: what came until
// then counts as read, in every tab.

/** Between two moves, and until the next try where one was refused. */
const PAUSE_MS = 400;
const REFUSED_MS = 3000;

/**
 * @param {Session} session
 * @param {import('./follow.js').Follow} follow
 */
export function markRead(session, follow) {
  const { threads } = session;
  /** The thread whose cursor is being moved. */
  let moving = '';
  /** Up to where the thread that is shown is read and not said to be; 0: nothing is new. */
  const news = () => {
    const { read_seq: read = 0, last_seq: last } = threads.current ?? {};
    const isReading = session.phase === 'live' && follow.isFollowing
      && document.visibilityState === 'visible';
    return isReading && last && last > read ? last : 0;
  };
  // At once, and not after a while: who looks at what came and goes on has read it. It ends only
  // when nothing is left to tell, so that nothing of what happens meanwhile can be missed.
  const look = async () => {
    const { name } = threads.shown;
    if (moving === name) return;
    moving = name;
    for (let last = news(); last > 0; last = moving === name ? news() : 0) {
      let pause = PAUSE_MS;
      try {
        await threads.update({ read_seq: last }, name);
      } catch {
        // Without connection nothing is new; the next one tells it.
        if (news() > 0) pause = REFUSED_MS;
      }
      await new Promise((go) => setTimeout(go, pause));
    }
    if (moving === name) moving = '';
  };
  threads.on('change', look);
  follow.on('change', look);
  session.on('live', look);
  document.addEventListener('visibilitychange', look);
}
