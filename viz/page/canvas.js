// @ts-check
// The drawing: it follows the state, holds only what is within view, and changes only
// the classes of what changed.

const FAR = 0.3;
const FARTHER = 0.03;
const EDGE = 80;
const LAYERS = ["rows", "lanes", "far", "lines", "live", "nodes"];

/** Add the drawing, the state of what is open and shown, and `page.canvas`. */
function installCanvas(page) {
  const { data, state } = page;
  const keys = keysOf(data);
  const names = new Set(data.phases.map((phase) => phase.name));
  state.define("selected", null, TEXT);
  state.define(
    "closed",
    new Set(data.closed),
    setCodec((key) => keys.has(key)),
  );
  const start = data.phases_shown.filter((name) => names.has(name));
  state.define(
    "phases",
    new Set(start),
    setCodec((name) => names.has(name)),
  );
  state.define("saved", false, FLAG);
  state.define("kept", null);
  state.define("hovered", null);
  // The numbers of nodes and of lines that a feature hides.
  state.define("absent", new Set());
  state.define("cut", new Set());
  const canvas = createCanvas(page);
  page.canvas = canvas;
  state.watch(["closed", "phases", "kept", "saved", "absent", "cut"], () =>
    canvas.restack(),
  );
  state.watch(["selected"], () => markSelection(page));
  state.watch(["hovered"], () => markHovered(page));
}

/** Light a node, what it reads and what reads it, with the lines between them. */
function markSelection(page) {
  const { data, state, canvas } = page;
  const node = data.byId.get(state.selected);
  const ins = node ? node.ins : [];
  const outs = node ? node.outs : [];
  canvas.mark("selected", new Set(node ? [node.index] : []));
  canvas.mark("input", new Set(ins.map((link) => link.s)));
  canvas.mark("reader", new Set(outs.map((link) => link.t)));
  canvas.light("selection", [...ins, ...outs]);
  canvas.svg.classList.toggle("focusing", Boolean(node));
}

// What many read would light half of the drawing.
const MOST_HOVERED = 40;

/** Light the lines of the node under the pointer. */
function markHovered(page) {
  const { data, state, canvas } = page;
  const node = data.byId.get(state.hovered);
  const links = node ? [...node.ins, ...node.outs] : [];
  canvas.light("hover", links.length > MOST_HOVERED ? [] : links);
}

function createCanvas(page) {
  const host = find("canvas");
  const svg = draw("svg", { "aria-hidden": "true", focusable: "false" });
  const world = draw("g", { class: "world" });
  const layers = {};
  for (const name of LAYERS) {
    layers[name] = draw("g", { class: `layer-${name}` });
    world.append(layers[name]);
  }
  svg.append(markers(page.data), world);
  host.append(svg);
  const canvas = { host, svg, world, layers, view: { x: 0, y: 0, k: 1 } };
  Object.assign(canvas, {
    scene: null,
    lines: [],
    lineOf: new Map(),
    things: [],
    drawn: new Map(),
  });
  addDrawing(page, canvas);
  addMarks(canvas);
  addLight(page, canvas);
  addViewport(canvas);
  addPointers(page, canvas);
  return canvas;
}

/** Add what places and draws: `restack`, `sync`, and who has a say in it. */
function addDrawing(page, canvas) {
  const { data, state } = page;
  const { layers, drawn } = canvas;
  const decorators = [];
  const restacked = [];
  Object.assign(canvas, {
    /**
     * Call `act(node, group)` for every node that is drawn from now on, and
     * `onBox(nodes, group, box)` for every box that stands for several.
     */
    decorate(act, onBox = null) {
      decorators.push({ act, onBox });
      canvas.redraw();
    },
    /** Call `act` after everything was placed anew. */
    onRestack: (act) => restacked.push(act),
    /** Draw again what is within view. */
    redraw() {
      for (const name of LAYERS) if (name !== "live") layers[name].replaceChildren();
      drawn.clear();
      canvas.sync();
    },
    /** Place everything anew, and draw what is within view. */
    restack() {
      canvas.scene = stack(data, state);
      const wanted = (link) =>
        (link.kind !== "saved" || state.saved) && !state.cut.has(link.index);
      canvas.lines = routes(data, canvas.scene, wanted);
      canvas.lineOf = byLink(canvas.lines);
      placeTexts(canvas.scene, canvas.lines);
      canvas.things = thingsOf(page, canvas, decorators);
      canvas.redraw();
      canvas.relight();
      for (const act of restacked) act();
    },
    /** Draw what has come into view, and remove what has left it. */
    sync() {
      const { x, y, k } = canvas.view;
      const place = `translate(${round(x)} ${round(y)}) scale(${k})`;
      canvas.world.setAttribute("transform", place);
      canvas.svg.classList.toggle("far", k < FAR);
      canvas.svg.classList.toggle("farther", k < FARTHER);
      if (k < FAR) canvas.svg.style.setProperty("--scale", String(k));
      syncThings(canvas, k < FAR);
    },
  });
}

/** The line that is drawn for each link, by the number of the link. */
function byLink(lines) {
  return new Map(lines.flatMap((line) => line.links.map(({ index }) => [index, line])));
}

function syncThings(canvas, isFar) {
  const { drawn, layers, things } = canvas;
  const { left, top, right, bottom } = canvas.visible(EDGE);
  for (const thing of things) {
    const fits = !thing.when || (thing.when === "far") === isFar;
    const seen =
      (fits || canvas.isMarked(thing)) &&
      thing.x <= right &&
      thing.x + thing.w >= left &&
      thing.y <= bottom &&
      thing.y + thing.h >= top;
    const element = drawn.get(thing.key);
    if (seen && !element) {
      const made = thing.make();
      drawn.set(thing.key, made);
      layers[thing.layer].append(made);
    } else if (!seen && element) {
      drawn.delete(thing.key);
      element.remove();
    }
  }
}
