// @ts-check
// The panel's sections of numbers: what a value is like, and what a step changes.

/** How values can be had, or nothing where the step cannot run. */
function adviceOf({ failure, stage }) {
  if (failure) return "Not computed: the step broke off.";
  const [call, what] = stage
    ? ["model, record=(x, y)", "one of a compiled model"]
    : ["gg.jit(f), record=(x, …)", "one of a function f"];
  return (
    `Not computed: no step was recorded. gg.viz.to_html(${call}) runs ${what} ` +
    "and keeps its values."
  );
}

/** Add the sections `values` and `change`. */
function installValues(page) {
  const { data, panel } = page;
  panel.add({
    id: "values",
    // Who recorded a step looks for its numbers first.
    order: data.recording ? 11 : 22,
    title: "Values",
    render: (node) => valuesCard(page, node),
  });
  if (!data.recording) return;
  panel.add({
    id: "change",
    order: 24,
    title: "Before and after the step",
    render: (node) => changeCard(page, node),
  });
}

/** The time of an operation, if any was measured. */
function timeOf(data, node) {
  const times = data.overlays.find((each) => each.id === "time");
  if (!times || !node.tag) return null;
  const spent = times.values[node.index];
  return spent ? `${number(Number(spent.toPrecision(3)))} µs` : "no instruction";
}

function valuesCard(page, node) {
  const { data } = page;
  const time = definitions([["Time", timeOf(data, node)]]);
  if (node.kind === "constant") return null;
  // What is shown instead says what it is.
  if (!data.recording && (data.epochs || data.comparison)) return null;
  if (!data.recording) return [time, el("p", { class: "hint" }, adviceOf(data))];
  const entry = data.recording.nodes[node.index];
  if (!entry) return [time, definitions([["Values", "not computed"]])];
  return [
    definitions([...factsOf(entry), ["Time", timeOf(data, node)]]),
    drawHistogram(entry),
    drawMap(entry, node.shape),
  ];
}

function factsOf(entry) {
  if (entry.value !== undefined) return [["Value", number(entry.value)]];
  const isFinite = entry.min !== undefined;
  const fact = (value) => (isFinite ? number(value) : "no finite number");
  return [
    ["Minimum", fact(entry.min)],
    ["Mean", fact(entry.mean)],
    ["Maximum", fact(entry.max)],
    ["Zeros", entry.zeros ? count(entry.zeros) : null],
    ["NaN", entry.nan ? el("strong", { class: "bad" }, count(entry.nan)) : "0"],
    ["Inf", entry.inf ? el("strong", { class: "bad" }, count(entry.inf)) : null],
  ];
}

// ---- before and after ----

/** The states that a node is, or that an operation of the update changes. */
function changedBy(data, node) {
  const { after } = data.recording;
  if (after[node.index]) return [node];
  const inputs = node.tag && node.phase !== "forward" ? node.inputs || [] : [];
  const own = inputs.filter((i) => after[i] && node.id.startsWith("assign"));
  const paired = data.pairing.updated.get(node.index) || [];
  const all = new Set([...own, ...paired.filter((i) => after[i])]);
  return [...all].map((i) => data.nodes[i]);
}

const MOST_CHANGES = 12;

function changeCard(page, node) {
  const changed = changedBy(page.data, node);
  if (!changed.length) return null;
  const isFew = changed.length === 1;
  const shown = changed.slice(0, MOST_CHANGES);
  const more = changed.length - shown.length;
  return [
    ...shown.map((each) => changeOf(page, each, isFew, each !== node)),
    more ? el("p", { class: "hint" }, `and ${plural(more, "other")}`) : null,
  ];
}

function changeOf(page, node, isFull, isLinked) {
  const { recording } = page.data;
  const [before, after] = [recording.nodes[node.index], recording.after[node.index]];
  const change = recording.change[node.index];
  const isOne = before.value !== undefined;
  const facts = isOne
    ? [["Value", "value"]]
    : [
        ["Minimum", "min"],
        ["Mean", "mean"],
        ["Maximum", "max"],
      ];
  const cells = (key) =>
    [before, after].map((each) => el("td", {}, number(each.value ?? each[key])));
  const rows = facts.map(([name, key]) =>
    el("tr", {}, el("th", { scope: "row" }, name), cells(key)),
  );
  const heads = ["", "before", "after"].map((each) => el("th", { scope: "col" }, each));
  const maps = isFull && !isOne ? [before, after] : [];
  return el(
    "div",
    { class: "change", "data-of": node.id },
    isLinked ? nodeLink(page, node) : null,
    el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows)),
    isOne ? null : el("p", { class: "hint" }, `Largest change: ${number(change)}`),
    el(
      "div",
      { class: "maps" },
      maps.map((each, i) => drawMap(each, node.shape, ["before", "after"][i])),
    ),
  );
}
