// @ts-check
// Runs before the first paint, so that a chosen theme never flashes in the other one's colours.
(() => {
  let theme = 'auto';
  try {
    theme = localStorage.getItem('chatd.theme') ?? 'auto';
  } catch {
    // No storage: as the system says.
  }
  document.documentElement.dataset.theme = theme;
})();
