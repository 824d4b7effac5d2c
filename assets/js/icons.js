// @ts-check
// Outlines of the icons, on a 16 × 16 grid, drawn with a stroke.

export const shapes = {
  waiting: 'M8 2a6 6 0 1 1-6 6',
  streaming: 'M3 8h.01M8 8h.01M13 8h.01',
  replied: 'M3 8.5 6.5 12 13 4.5',
  declined: 'M4 8h8',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  timed_out: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2L10 10',
  crashed: 'M9 1.5 4 9h3.6L7 14.5 12 7H8.4z',
  skipped: 'M4 4l4 4-4 4M9 4l4 4-4 4',
  ready: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.7 8.2l1.6 1.6 3-3.3',
  suspect: 'M6 6a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.3M8 12h.01',
  stopped: 'M4 4h8v8H4z',
  parked: 'M5.5 4v8M10.5 4v8',
  invalid: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.2M8 11.6h.01',
  start: 'M5 3.5v9l7-4.5z',
  restart: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3',
  again: 'M6 3.5 3 6.5l3 3M3 6.5h6.2a3.3 3.3 0 0 1 0 6.6H7',
  kill: 'M8 2v6M4.6 4.2a5 5 0 1 0 6.8 0',
  log: 'M3 4h10M3 8h10M3 12h6',
  copy: 'M6 6V3h7v7h-3M3 6h7v7H3z',
  send: 'M8 13V3M3.5 7.5 8 3l4.5 4.5',
  down: 'M8 3v10M3.5 8.5 8 13l4.5-4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15'
    + 'M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z',
  auto: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  children: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  more: 'M5.5 6.5 8 9l2.5-2.5',
};
