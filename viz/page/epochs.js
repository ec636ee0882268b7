// @ts-check
// The epochs of a training: a slider over them, nodes shaded by a fact, and marks
// where a rule says that something is wrong.

const WRONG_WORDS = {
  vanishing: "vanishing",
  exploding: "exploding",
  large_step: "large step",
  dead: "dead units",
  saturated: "saturated",
};

/** Add the states `epoch` and `fact`, the slider, the shades and `page.epochs`. */
function installEpochs(page) {
  const { data, state, canvas } = page;
  const { at, fields } = data.epochs;
  const last = at.length - 1;
  state.define("epoch", last, {
    write: (place) => String(at[place]),
    read: (text) => (at.includes(Number(text)) ? at.indexOf(Number(text)) : undefined),
  });
  const ids = fields.map((field) => field.id);
  state.define("fact", ids[0], {
    write: String,
    read: (text) => (ids.includes(text) ? text : undefined),
  });
  page.epochs = {
    last,
    field: () => fields.find((field) => field.id === state.fact),
    go(place) {
      state.set({ epoch: Math.max(0, Math.min(last, place)) });
      page.announce(epochText(page));
    },
  };
  const scales = new Map(fields.map((each) => [each.id, scaleOf(data, each)]));
  canvas.decorate((node, group) => {
    const band = shadeOf(page, scales.get(state.fact), node);
    const badge = badgeOf(page, node);
    group.append(...[band, badge].filter(Boolean));
  });
  fillEpochDock(page);
  addShadeLegend(page, scales);
  addEpochPanel(page);
  const show = () => {
    const wrong = findingsAt(data, state.epoch).flatMap((each) => each.nodes);
    canvas.mark("found", new Set(wrong));
    canvas.redraw();
  };
  state.watch(["epoch", "fact"], show);
  show();
}

/** What a fact of a node is at an epoch: a number, or null where there is none. */
function factAt(data, node, field, place) {
  const facts = data.epochs.nodes[node.index];
  const column = facts && facts[field];
  if (column === undefined) return null;
  return Array.isArray(column) ? column[place] : column;
}

const findingsAt = (data, place) =>
  data.epochs.findings.filter((each) => each.at.includes(place));

function epochName(number) {
  return number ? `after epoch ${count(number)}` : "before training";
}

function epochText(page) {
  const { data, state } = page;
  const found = findingsAt(data, state.epoch).length;
  const told = found ? `, ${plural(found, "finding")}` : "";
  return epochName(data.epochs.at[state.epoch]) + told;
}

// ---- shades ----

/** How the numbers of a fact, over all nodes and epochs, lie on the ramp. */
function scaleOf(data, field) {
  const all = Object.values(data.epochs.nodes)
    .flatMap((facts) => facts[field.id] ?? [])
    .filter((value) => value !== null);
  const high = all.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (field.scale === "share") return { low: 0, high: 1, part: (value) => value };
  if (field.scale === "linear") return signedScale(high);
  const positive = all.filter((value) => value > 0);
  const low = positive.reduce((a, b) => Math.min(a, b), high);
  const span = Math.log(high / low) || 1;
  const part = (value) => (value > 0 ? Math.log(value / low) / span : 0);
  return { low, high, part, isLog: true };
}

// Zero is in the middle; small numbers of either sign are told apart, too.
function signedScale(high) {
  const unit = high / 1000 || 1;
  const most = Math.log1p(high / unit) || 1;
  const part = (value) =>
    0.5 + (0.5 * Math.sign(value) * Math.log1p(Math.abs(value) / unit)) / most;
  return { low: -high, high, part, isLog: true };
}

const BAND = 5;

/** A band at the left of a node: the phase keeps the colour of the outline. */
function shadeOf(page, scale, node) {
  const { data, state } = page;
  const value = factAt(data, node, state.fact, state.epoch);
  if (value === null || node.kind === "constant") return null;
  const inset = node.kind === "input" ? 12 : 1.5;
  const given = {
    x: -node.w / 2 + inset,
    y: -node.h / 2 + 5,
    width: BAND,
    height: node.h - 10,
    rx: 2,
    fill: rampColor(scale.part(value)),
    class: "shade",
  };
  const text = `${page.epochs.field().title}: ${factText(state.fact, value)}`;
  return draw("rect", given, draw("title", {}, text));
}

function factText(field, value) {
  if (value === null) return "none";
  const isShare = ["zeros", "dead", "saturated"].includes(field);
  return isShare ? `${number(Math.round(value * 1000) / 10)} %` : number(value);
}

/** Words above a node of which a rule says that something is wrong. */
function badgeOf(page, node) {
  const { data, state } = page;
  const found = findingsAt(data, state.epoch).filter((each) =>
    each.nodes.includes(node.index),
  );
  if (!found.length) return null;
  const words = [...new Set(found.map((each) => WRONG_WORDS[each.wrong]))].join(", ");
  const width = 5.6 * words.length + 14;
  const [x, y] = [node.w / 2 - width + 6, -node.h / 2 - 12];
  return draw(
    "g",
    { class: "badge" },
    draw("rect", { x, y, width, height: 15, rx: 7.5 }),
    draw("text", { x: x + width / 2, y: y + 11 }, words),
  );
}

function addShadeLegend(page, scales) {
  const { state } = page;
  const legend = el("div", { id: "shades" });
  find("legend").append(legend);
  const show = () => {
    const scale = scales.get(state.fact);
    const told = scale.isLog ? "on a logarithmic scale" : "";
    legend.replaceChildren(
      el("span", { class: "strong" }, page.epochs.field().title),
      el("span", {}, factText(state.fact, scale.low)),
      drawRamp(110, 8),
      el("span", {}, factText(state.fact, scale.high)),
      el("span", { class: "hint" }, told),
    );
  };
  state.watch(["fact"], show);
  show();
}
