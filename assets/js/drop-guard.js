// @ts-check
// A file that is dropped on the page would take its place in the window. Nothing here takes files;
// text may be dropped where one writes.

/** @param {DragEvent} event */
function refuse(event) {
  const data = event.dataTransfer;
  if (!data?.types.includes('Files')) return;
  event.preventDefault();
  data.dropEffect = 'none';
}

for (const kind of /** @type {const} */ (['dragenter', 'dragover', 'drop'])) {
  addEventListener(kind, refuse);
}
