// @ts-check
// Mouse, fingers and pen on the drawing: drag, wheel, pinch, press.

/** The point of an element under a pointer. */
function pointIn(host, event) {
  const box = host.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/** Let pointers move and press the drawing. */
function addPointers(page, canvas) {
  const { host } = canvas;
  const held = new Map();
  let moved = 0;
  host.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held.set(event.pointerId, pointIn(host, event));
    if (held.size === 1) moved = 0;
  });
  host.addEventListener("pointermove", (event) => {
    if (!event.buttons) held.delete(event.pointerId); // it was let go elsewhere
    if (!held.has(event.pointerId)) return;
    const before = [...held.values()];
    const [x0, y0] = held.get(event.pointerId);
    const [x, y] = pointIn(host, event);
    held.set(event.pointerId, [x, y]);
    moved += Math.abs(x - x0) + Math.abs(y - y0);
    if (moved < 4) return;
    host.setPointerCapture(event.pointerId);
    host.classList.add("dragging");
    if (held.size === 2) pinch(canvas, before, [...held.values()]);
    else canvas.pan(x - x0, y - y0);
  });
  const end = (event) => {
    held.delete(event.pointerId);
    host.classList.remove("dragging");
  };
  host.addEventListener("pointerup", end);
  host.addEventListener("pointercancel", end);
  host.addEventListener("click", (event) => {
    if (moved < 4) press(page, event.target);
  });
  host.addEventListener("dblclick", (event) => {
    const group = event.target.closest("[data-node],[data-box],[data-key]");
    if (!group) canvas.zoom(1.6, pointIn(host, event));
  });
  host.addEventListener("pointerover", (event) => {
    const node = held.size ? null : event.target.closest("[data-node]");
    const index = node && Number(node.getAttribute("data-node"));
    page.state.set({ hovered: node ? page.data.nodes[index].id : null });
  });
  host.addEventListener("pointerleave", () => page.state.set({ hovered: null }));
  host.addEventListener("wheel", (event) => wheel(canvas, event), { passive: false });
}

function pinch(canvas, before, after) {
  const span = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  canvas.zoom(span(after) / Math.max(1, span(before)), middle(after));
}

function wheel(canvas, event) {
  event.preventDefault();
  const scale = event.deltaMode === 1 ? 20 : 1;
  if (event.ctrlKey || event.metaKey) {
    const at = pointIn(canvas.host, event);
    canvas.zoom(Math.exp((-event.deltaY * scale) / 240), at);
  } else if (event.shiftKey) {
    canvas.pan(-event.deltaY * scale, 0);
  } else {
    canvas.pan(-event.deltaX * scale, -event.deltaY * scale);
  }
}

function press(page, target) {
  const { state, data } = page;
  const node = target.closest("[data-node]");
  const box = target.closest("[data-box]");
  const toggled = target.closest(".toggle");
  if (node) {
    state.set({ selected: data.nodes[Number(node.getAttribute("data-node"))].id });
  } else if (box) {
    page.collapse.toggle(box.getAttribute("data-box"));
  } else if (toggled) {
    page.collapse.toggle(toggled.closest("[data-key]").getAttribute("data-key"));
  } else {
    state.set({ selected: null });
  }
}
