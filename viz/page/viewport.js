// @ts-check
// Which part of the drawing is seen, and how large: drag, wheel, pinch and buttons.

const NEAREST = 3;
const FARTHEST = 0.02;
const ROOM = 32;

/** Add `view`, and what moves it, to the canvas. */
function addViewport(page, canvas) {
  const { host } = canvas;
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      canvas.sync();
    });
  };
  Object.assign(canvas, {
    /** The part of the drawing that is seen, with an edge around it, in its points. */
    visible(edge = 0) {
      if (canvas.printed) return canvas.printed;
      const { x, y, k } = canvas.view;
      const { width, height } = canvas.size();
      return {
        left: (-x - edge) / k,
        top: (-y - edge) / k,
        right: (width - x + edge) / k,
        bottom: (height - y + edge) / k,
      };
    },
    size() {
      return { width: host.clientWidth || 800, height: host.clientHeight || 600 };
    },
    /** Move the drawing by so many pixels. */
    pan(dx, dy) {
      moveTo(canvas, canvas.view.x + dx, canvas.view.y + dy, canvas.view.k);
      later();
    },
    /** Enlarge the drawing around a point of the canvas, or its middle. */
    zoom(factor, at = null) {
      const { width, height } = canvas.size();
      const [px, py] = at || [width / 2, height / 2];
      const { x, y, k } = canvas.view;
      const to = Math.min(NEAREST, Math.max(FARTHEST, k * factor));
      moveTo(canvas, px - ((px - x) * to) / k, py - ((py - y) * to) / k, to);
      later();
    },
    /** Show all of the drawing, but not larger than it is. */
    fit() {
      canvas.show(canvas.extent(), 1);
    },
    /** The rectangle that holds all of the drawing. */
    extent() {
      const { left, width, height } = canvas.scene;
      return { x: left, y: -10, w: width - left + 10, h: height + 20 };
    },
    /** Show a rectangle of the drawing, at most so large. */
    show({ x, y, w, h }, most = 1) {
      const { width, height } = canvas.size();
      const k = Math.min(
        most,
        Math.max(FARTHEST, Math.min((width - 2 * ROOM) / w, (height - 2 * ROOM - 24) / h)),
      );
      canvas.view = { k, x: width / 2 - (x + w / 2) * k, y: height / 2 + 12 - (y + h / 2) * k };
      canvas.sync();
    },
    /** Start: all of it if it can be read so, else its top. */
    open() {
      const { width, height } = canvas.size();
      const { x, w, h } = canvas.extent();
      const k = Math.min(1, (width - 2 * ROOM) / w, (height - 2 * ROOM - 24) / h);
      if (k >= 0.62) {
        canvas.fit();
        return;
      }
      const wide = Math.max(0.62, Math.min(1, (width - 2 * ROOM) / w));
      const left = Math.max(ROOM, (width - w * wide) / 2) - x * wide;
      canvas.view = { k: wide, x: left, y: ROOM + 24 };
      canvas.sync();
    },
    /** Move as little as brings a place into view, with some room around it. */
    reach(place) {
      const box = boxOf(place);
      const { width, height } = canvas.size();
      const { x, y, k } = canvas.view;
      const edge = Math.min(70, width / 6, height / 6);
      const dx = shiftInto(box.x * k + x, (box.x + box.w) * k + x, edge, width - edge);
      const dy = shiftInto(box.y * k + y, (box.y + box.h) * k + y, edge, height - edge);
      if (!dx && !dy) return;
      canvas.view = { x: x + dx, y: y + dy, k };
      canvas.sync();
    },
    /** The point of the drawing under a pointer. */
    pointOf(event) {
      const box = host.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    },
  });
  addPointers(page, canvas);
  new ResizeObserver(later).observe(host);
}

function shiftInto(low, high, least, most) {
  if (high - low > most - least) return (least + most - low - high) / 2;
  if (low < least) return least - low;
  return high > most ? most - high : 0;
}

// A corner of the drawing always stays within reach.
function moveTo(canvas, x, y, k) {
  const { width, height } = canvas.size();
  const { width: w, height: h } = canvas.scene;
  const left = Math.min(width - 120, Math.max(120 - w * k, x));
  const top = Math.min(height - 120, Math.max(120 - h * k, y));
  canvas.view = { x: left, y: top, k };
}

function addPointers(page, canvas) {
  const { host } = canvas;
  const held = new Map();
  let moved = 0;
  host.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held.set(event.pointerId, canvas.pointOf(event));
    if (held.size === 1) moved = 0;
  });
  host.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return;
    const before = [...held.values()];
    const [x0, y0] = held.get(event.pointerId);
    const [x, y] = canvas.pointOf(event);
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
    if (!group) canvas.zoom(1.6, canvas.pointOf(event));
  });
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
    canvas.zoom(Math.exp((-event.deltaY * scale) / 240), canvas.pointOf(event));
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
