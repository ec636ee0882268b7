// @ts-check
// The drawing: it follows the state, holds only what is within view, and changes only
// the classes of what changed.

const FAR = 0.3;
const EDGE = 80;
const LAYERS = ["rows", "lanes", "far", "lines", "nodes", "live"];

/** Add the drawing, the state of what is open and shown, and `page.canvas`. */
function installCanvas(page) {
  const { data, state } = page;
  const keys = keysOf(data);
  const names = new Set(data.phases.map((phase) => phase.name));
  state.define("selected", null, TEXT);
  state.define("closed", new Set(data.closed), setCodec((key) => keys.has(key)));
  const start = data.phases_shown.filter((name) => names.has(name));
  state.define("phases", new Set(start), setCodec((name) => names.has(name)));
  state.define("saved", false, FLAG);
  state.define("kept", null);
  const canvas = createCanvas(page);
  page.canvas = canvas;
  state.watch(["closed", "phases", "kept", "saved"], () => canvas.restack());
  state.watch(["selected"], () => markSelection(page));
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

function createCanvas(page) {
  const { data, state } = page;
  const host = find("canvas");
  const svg = draw("svg", { "aria-hidden": "true", focusable: "false" });
  const world = draw("g", { class: "world" });
  const layers = {};
  for (const name of LAYERS) {
    layers[name] = draw("g", { class: `layer-${name}` });
    world.append(layers[name]);
  }
  svg.append(markers(data), world);
  host.append(svg);
  const canvas = { host, svg, world, layers, view: { x: 0, y: 0, k: 1 }, scene: null };
  const drawn = new Map();
  const decorators = [];
  let things = [];
  Object.assign(canvas, {
    drawn,
    /** Call `act(node, group)` for every node that is drawn from now on. */
    decorate(act) {
      decorators.push(act);
      canvas.clear();
      canvas.sync();
    },
    /** Forget what is drawn; `sync` draws it anew. */
    clear() {
      for (const name of ["rows", "lanes", "far", "lines", "nodes"]) {
        layers[name].replaceChildren();
      }
      drawn.clear();
    },
    /** Place everything anew, and draw what is within view. */
    restack() {
      canvas.scene = stack(data, state);
      const wanted = (link) => link.kind !== "saved" || state.saved;
      canvas.lines = routes(data, canvas.scene, wanted);
      canvas.scene.left = leftOf(canvas.lines);
      things = thingsOf(page, canvas, decorators);
      canvas.things = things;
      canvas.clear();
      canvas.sync();
      canvas.relight();
      for (const act of restacked) act();
    },
    /** Call `act` after everything was placed anew. */
    onRestack(act) {
      restacked.push(act);
    },
    /** Draw what has come into view, and remove what has left it. */
    sync() {
      const { x, y, k } = canvas.view;
      world.setAttribute("transform", `translate(${round(x)} ${round(y)}) scale(${k})`);
      svg.classList.toggle("far", k < FAR);
      syncThings(canvas, things, k < FAR);
    },
  });
  const restacked = [];
  addMarks(canvas);
  addLight(page, canvas);
  addViewport(page, canvas);
  return canvas;
}

// Texts of stubs stand left of everything else.
function leftOf(lines) {
  const texts = lines.filter((line) => line.text);
  return Math.min(0, ...texts.map((line) => line.tx - 5.4 * line.text.length));
}

// ---- what there is to draw ----

function thingsOf(page, canvas, decorators) {
  const { data } = page;
  const { scene } = canvas;
  const things = [];
  const add = (key, layer, { x, y, w, h, place }, make, when) =>
    things.push({ key, layer, x, y, w, h, place, make, when });
  for (const frame of scene.rows.filter((each) => each.title && !each.shut)) {
    add(`row ${frame.row.index}`, "rows", frame, () => at(frame, closing(drawRow(frame), frame.row.key)));
  }
  for (const lane of scene.lanes.filter((each) => each.lane.phase && !each.shut)) {
    add(`lane ${lane.index}`, "lanes", lane, () => at(lane, closing(drawLane(lane), lane.key)));
    add(`far ${lane.index}`, "far", lane, () => farLane(lane), "far");
  }
  canvas.lines.forEach((line, i) => {
    add(`line ${i}`, "lines", line, () => drawLine(data, line), "near");
  });
  for (const box of scene.boxes) {
    add(box.key, "nodes", box, () => at(box, opening(page, canvas, box)));
  }
  for (const place of scene.nodes) {
    const make = () => {
      const group = at(place, drawNode(place.node));
      group.setAttribute("data-node", String(place.node.index));
      for (const act of decorators) act(place.node, group);
      canvas.dress(group, place);
      return group;
    };
    add(`#${place.node.index}`, "nodes", { ...boxOf(place), place }, make, "near");
  }
  return things;
}

function at({ x, y }, group) {
  group.setAttribute("transform", `translate(${round(x)} ${round(y)})`);
  return group;
}

function closing(group, key) {
  group.setAttribute("data-key", key);
  return group;
}

function opening(page, canvas, box) {
  const group = drawBox(page.data, box);
  group.setAttribute("data-box", box.key);
  canvas.dress(group, box);
  return group;
}

/** From far away, the nodes of a lane are one path. */
function farLane(placed) {
  const d = placed.nodes
    .filter(({ node }) => node.kind !== "constant")
    .map(({ node, x, y }) => {
      const [left, top] = [placed.x + x - node.w / 2, placed.y + y - node.h / 2];
      return `M${round(left)} ${round(top)}h${node.w}v${node.h}h${-node.w}Z`;
    });
  return draw("path", { class: `blocks ${phaseClass(placed.lane.phase)}`, d: d.join("") });
}

function syncThings(canvas, things, isFar) {
  const { drawn, layers } = canvas;
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

// ---- marks ----

/** Marks are classes of nodes; a box that stands for several has those of all. */
function addMarks(canvas) {
  const marks = new Map();
  const has = (set, place) =>
    place.type === "node"
      ? set.has(place.node.index)
      : place.nodes.some((node) => set.has(node.index));
  canvas.marks = marks;
  /** Give a class to the nodes of a set, and take it from all others. */
  canvas.mark = (name, wanted) => {
    const before = marks.get(name) || new Set();
    marks.set(name, wanted);
    if (!canvas.scene) return;
    if (canvas.view.k < FAR) canvas.sync();
    for (const index of [...before, ...wanted]) {
      const place = canvas.scene.place[index];
      const element = place && canvas.drawn.get(nameOf(place));
      if (!element || (before.has(index) && wanted.has(index))) continue;
      const on = has(wanted, place);
      if (element.classList.contains(name) !== on) element.classList.toggle(name, on);
    }
  };
  /** Put the marks of a place on its element, which has just been made. */
  canvas.dress = (group, place) => {
    for (const [name, set] of marks) if (set.size && has(set, place)) group.classList.add(name);
  };
  /** Whether a node is drawn even from far away. */
  canvas.isMarked = ({ place }) => {
    const set = marks.get("selected");
    return Boolean(place && set && set.has(place.node.index));
  };
}

/** Lines over all others, such as those of the node that is selected. */
function addLight(page, canvas) {
  const lit = new Map();
  const wanted = new Map();
  canvas.light = (name, links) => {
    wanted.set(name, links);
    if (lit.has(name)) lit.get(name).remove();
    lit.delete(name);
    if (!links.length || !canvas.scene) return;
    const group = draw("g", { class: `light ${name}` });
    const known = (link) => links.includes(link) && link.kind !== "constant";
    const chosen = { ...page.data, links: links.filter(known) };
    for (const line of routes(chosen, canvas.scene, known)) {
      const whole = liveLine(page.data, canvas.scene, line.link) || line;
      group.append(drawLine(page.data, whole));
    }
    lit.set(name, group);
    canvas.layers.live.append(group);
  };
  canvas.relight = () => {
    for (const [name, links] of wanted) canvas.light(name, links);
  };
}
