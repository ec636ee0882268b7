// @ts-check
// Which part of the drawing is seen and how large.

const NEAREST = 3;
const FARTHEST = 0.005;
const ROOM = 24;
const READABLE = 0.6;

/** Add what says how large the canvas is, and what moves the drawing in it. */
function addViewport(canvas) {
  addSizes(canvas);
  addMoves(canvas);
  addShows(canvas);
}

// To ask an element for its size costs a layout: the browser says when it changes.
function addSizes(canvas) {
  const { host } = canvas;
  const legend = find("legend");
  const measured = () => ({
    width: host.clientWidth || 800,
    height: host.clientHeight || 600,
    top: legend.offsetHeight + 26,
  });
  let size = measured();
  canvas.size = () => size;
  canvas.measure = () => {
    size = measured();
  };
  const sizes = new ResizeObserver(() => {
    canvas.measure();
    // Who has not moved the drawing sees it as it opens, whatever the size.
    if (canvas.scene && canvas.view === canvas.opened) canvas.open();
    else canvas.later();
  });
  sizes.observe(host);
  sizes.observe(legend);
}

function addMoves(canvas) {
  let waiting = false;
  Object.assign(canvas, {
    /** Draw with the next frame. */
    later() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        canvas.sync();
      });
    },
    /** Move the drawing by so many pixels. */
    pan(dx, dy) {
      moveTo(canvas, canvas.view.x + dx, canvas.view.y + dy, canvas.view.k);
      canvas.later();
    },
    /** Enlarge the drawing around a point of the canvas, or its middle. */
    zoom(factor, at = null) {
      const { width, height } = canvas.size();
      const [px, py] = at || [width / 2, height / 2];
      const { x, y, k } = canvas.view;
      const to = Math.min(NEAREST, Math.max(FARTHEST, k * factor));
      moveTo(canvas, px - ((px - x) * to) / k, py - ((py - y) * to) / k, to);
      canvas.later();
    },
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
    /** The rectangle that holds all of the drawing. */
    extent() {
      const { left, top, width, height } = canvas.scene;
      const [w, h] = [width - left + 28, height - top + 32];
      return { x: left - 12, y: top - 16, w, h };
    },
  });
}

function addShows(canvas) {
  const scaleFor = ({ w, h }) => {
    const { width, height, top } = canvas.size();
    return Math.min(1, (width - 2 * ROOM) / w, (height - top - ROOM) / h);
  };
  Object.assign(canvas, {
    /** Show all of the drawing, or a part of it, but not larger than `most`. */
    fit(box = canvas.extent(), most = 1) {
      const { x, y, w, h } = box;
      const { width, height, top } = canvas.size();
      const k = Math.max(FARTHEST, Math.min(most, scaleFor(box)));
      const middle = top + (height - top - ROOM) / 2;
      canvas.view = { k, x: width / 2 - (x + w / 2) * k, y: middle - (y + h / 2) * k };
      canvas.sync();
    },
    /** Start: all of it if it can be read so, else its top. */
    open() {
      canvas.measure();
      const { width, top } = canvas.size();
      const { x, w, h } = canvas.extent();
      if (scaleFor({ w, h }) >= READABLE) {
        canvas.fit();
      } else {
        const k = Math.max(READABLE, Math.min(1, (width - 2 * ROOM) / w));
        canvas.view = { k, x: Math.max(ROOM, (width - w * k) / 2) - x * k, y: top };
        canvas.sync();
      }
      canvas.opened = canvas.view;
    },
    /** Move as little as brings a place into view, with some room around it. */
    reach(place) {
      const box = boxOf(place);
      const { width, height, top } = canvas.size();
      const { x, y, k } = canvas.view;
      const edge = Math.min(70, width / 6, height / 6);
      const [left, right] = [box.x * k + x, (box.x + box.w) * k + x];
      const [upper, lower] = [box.y * k + y, (box.y + box.h) * k + y];
      const dx = shiftInto(left, right, edge, width - edge);
      const dy = shiftInto(upper, lower, Math.max(edge, top), height - edge);
      if (!dx && !dy) return;
      canvas.view = { x: x + dx, y: y + dy, k };
      canvas.sync();
    },
  });
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
