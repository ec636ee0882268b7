// @ts-check
// Overlays: a small bar in each node for an amount, its length and its colour one
// scale, so that the colours of the phases stay what they are.

/** Add the state `overlay`, its choice and its legend. */
function installOverlays(page) {
  const { data, state, canvas, keys } = page;
  const overlays = data.overlays.map((each) => readOverlay(data, each)).filter(Boolean);
  const byId = new Map(overlays.map((each) => [each.id, each]));
  if (!overlays.length) return;
  state.define("overlay", null, {
    write: (value) => value || "",
    read: (text) => (byId.has(text) ? text : undefined),
  });
  const now = () => byId.get(state.overlay);
  const choose = (id) => {
    state.set({ overlay: id });
    page.announce(id ? `Bars show: ${now().title}` : "No bars");
  };
  const choice = choiceOf(overlays, choose);
  page.toolbar.add(choice, 25);
  const legend = el("div", { id: "overlay", hidden: true });
  find("legend").append(legend);
  const put = (group, bar) => bar && group.append(bar);
  canvas.decorate(
    (node, group) => now() && put(group, barOf(now(), node)),
    (nodes, group, box) => now() && put(group, boxBar(now(), nodes, box)),
  );
  const ids = [null, ...byId.keys()];
  keys.add(["o"], "bars for time, bytes, FLOPs, or none", () =>
    choose(ids[(ids.indexOf(state.overlay) + 1) % ids.length]),
  );
  state.watch(["overlay"], () => {
    choice.value = state.overlay || "";
    showOverlay(legend, now());
    canvas.redraw();
  });
}

function choiceOf(overlays, choose) {
  const given = {
    "aria-label": "Bars in nodes",
    class: "overlay-choice",
    on: { change: (event) => choose(event.target.value || null) },
  };
  const options = overlays.map(({ id, title }) => el("option", { value: id }, title));
  return el("select", given, el("option", { value: "" }, "No bars"), options);
}

/** An overlay with its numbers by node, and how they lie between the extremes. */
function readOverlay(data, overlay) {
  const values = overlay.field
    ? new Map(
        data.nodes
          .filter((node) => node.kind !== "constant" && node[overlay.field])
          .map((node) => [node.index, node[overlay.field]]),
      )
    : new Map(Object.entries(overlay.values).map(([key, value]) => [+key, value]));
  if (!values.size) return null;
  const all = [...values.values()];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const span = Math.log(high / low);
  const part = (value) => (span ? Math.log(value / low) / span : 1);
  return { ...overlay, values, low, high, part };
}

function amountText(overlay, value) {
  if (overlay.field === "bytes") return bytes(value);
  if (overlay.field === "flops") return `${count(value)} FLOPs`;
  return `${number(Number(value.toPrecision(3)))} ${overlay.unit}`.trim();
}

const BAR = { side: 8, height: 3, up: 4 };

function barOf(overlay, node) {
  const value = overlay.values.get(node.index);
  if (value === undefined) return null;
  const bottom = { x: -node.w / 2, y: node.h / 2, w: node.w };
  return drawBar(overlay, value, bottom);
}

/** The bar of a box: what is inside of it, in all; of ratios, the largest. */
function boxBar(overlay, nodes, box) {
  const inside = nodes
    .map((node) => overlay.values.get(node.index))
    .filter((value) => value !== undefined);
  if (!inside.length) return null;
  const isRatio = overlay.id === "ratio";
  const total = isRatio ? Math.max(...inside) : inside.reduce((a, b) => a + b, 0);
  const bar = drawBar(overlay, total, { x: 0, y: box.h, w: box.w });
  const given = { x: box.w - 10, y: box.h - 11, class: "bar-text" };
  const text = `${isRatio ? "≤" : "Σ"} ${amountText(overlay, total)}`;
  bar.append(draw("text", given, text));
  return bar;
}

// A sum may be beyond the scale: its bar is full, and the text says how much it is.
function drawBar(overlay, value, { x, y, w }) {
  const part = Math.min(1, overlay.part(value));
  const room = w - 2 * BAR.side;
  const place = { x: x + BAR.side, y: y - BAR.up, height: BAR.height, rx: 1 };
  const length = Math.max(3, room * (0.06 + 0.94 * part));
  return draw(
    "g",
    { class: "bar" },
    draw("rect", { ...place, width: room, class: "bar-room" }),
    draw("rect", { ...place, width: length, fill: rampColor(part) }),
    draw("title", {}, `${overlay.title}: ${amountText(overlay, value)}`),
  );
}

function showOverlay(legend, overlay) {
  legend.hidden = !overlay;
  if (!overlay) return;
  const ends = [overlay.low, overlay.high].map((each) => amountText(overlay, each));
  legend.replaceChildren(
    el("span", { class: "strong" }, overlay.title),
    el("span", {}, ends[0]),
    drawRamp(110, 8),
    el("span", {}, ends[1]),
    el("span", { class: "hint" }, "on a logarithmic scale"),
  );
}
