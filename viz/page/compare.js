// @ts-check
// Two graphs in one: which of them is shown, what is different, and what became of it.

const SIDES = ["before", "both", "after"];

/** Add the state `side`, its switch, and what the panel says of differences. */
function installCompare(page) {
  const { data, state, keys, panel } = page;
  state.define("side", "both", {
    write: String,
    read: (text) => (SIDES.includes(text) ? text : undefined),
  });
  addSides(page);
  state.watch(["side"], () => showSide(page));
  const walk = (by) => () => {
    const node = nextDifference(data, state, by);
    if (node) page.select(node);
    return Boolean(node);
  };
  keys.add(["d"], "next difference", walk(1), "Walk");
  keys.add(["D"], "previous difference", walk(-1), "Walk");
  keys.add(["b"], "before, both or after", () => {
    const side = SIDES[(SIDES.indexOf(state.side) + 1) % SIDES.length];
    state.set({ side });
  });
  panel.add({
    id: "differences",
    order: 15,
    of: "graph",
    title: "What is different",
    render: () => differencesCard(page),
  });
  for (const sign of Object.keys(SIGN_CLASS)) {
    panel.add({
      id: `list-${SIGN_CLASS[sign]}`,
      order: 16,
      of: "graph",
      render: () => signList(page, sign),
    });
  }
  panel.add({
    id: "counterpart",
    order: 15,
    title: "Compared",
    render: (node) => counterpartCard(page, node),
  });
}

function addSides(page) {
  const { state } = page;
  const words = { before: "− before", both: "both", after: "+ after" };
  const chips = SIDES.map((side) =>
    button(words[side], () => state.set({ side }), {
      class: "chip side",
      "data-side": side,
      "aria-pressed": String(side === state.side),
    }),
  );
  const group = el(
    "div",
    { role: "group", "aria-label": "Which graph", class: "chips sides" },
    chips,
  );
  find("legend").append(group);
  state.watch(["side"], () => {
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(chip.dataset.side === state.side));
    }
  });
}

// What a node says of itself, which is not the same in both graphs.
const TOLD = (
  "title whole lines dtype shape bytes op equation flops origins line"
).split(" ");

const toldBy = (source) => Object.fromEntries(TOLD.map((key) => [key, source[key]]));

/** Let nodes that are different say what they were before, or what they are now. */
function tellSide({ data, outline, state }) {
  for (const [index, entry] of Object.entries(data.comparison.nodes)) {
    if (!entry.was) continue;
    const node = data.nodes[index];
    entry.now = entry.now || toldBy(node);
    Object.assign(node, state.side === "before" ? toldBy(entry.was) : entry.now);
    const option = outline.options.get(node.id);
    if (option) option.replaceChildren(...optionOf(data, node).childNodes);
  }
}

/** Hide what only the other graph has. */
function showSide(page) {
  const { data, state } = page;
  tellSide(page);
  const other = { before: "+", after: "−", both: "" }[state.side];
  const numbers = (list) =>
    new Set(list.filter((each) => other && each.sign === other).map((x) => x.index));
  state.set({ absent: numbers(data.nodes), cut: numbers(data.links) });
  for (const [id, option] of page.outline.options) {
    option.hidden = state.absent.has(data.byId.get(id).index);
  }
  hideBreaks(page.outline.element);
  page.panel.renderAll();
  const { comparison } = data;
  const name = state.side === "both" ? "Both graphs" : comparison[state.side];
  page.announce(`${name} shown`);
}

/** A heading goes with the last operation below it. */
function hideBreaks(list) {
  let heading = null;
  for (const item of list.children) {
    if (item.classList.contains("break")) {
      heading = item;
      heading.hidden = true;
    } else if (heading && !item.hidden) {
      heading.hidden = false;
    }
  }
}

function nextDifference(data, state, by) {
  const marked = data.operations.filter(
    (node) => node.sign && !state.absent.has(node.index),
  );
  const node = data.byId.get(state.selected);
  const step = node && node.step !== undefined ? node.step : by > 0 ? -1 : Infinity;
  return by > 0
    ? marked.find((each) => each.step > step)
    : marked.reverse().find((each) => each.step < step);
}

// ---- the panel ----

function differencesCard(page) {
  const { comparison } = page.data;
  const ways = {
    origins: "Counterparts are known: one graph was made from the other.",
    layers: "Counterparts are found by layer, phase, operation and order.",
  };
  return [
    definitions([
      ["− before", comparison.before],
      ["+ after", comparison.after],
    ]),
    el(
      "ul",
      { class: "sentences" },
      [...comparison.done, ...comparison.renamed].map((text) => el("li", {}, text)),
    ),
    comparison.table.length
      ? signTable(page.data)
      : el("p", { class: "hint" }, "Nothing is different."),
    el("p", { class: "hint" }, ways[comparison.method]),
  ];
}

function signTable(data) {
  const { table } = data.comparison;
  const signs = Object.keys(SIGN_CLASS);
  const head = ["Layer", "Phase", ...signs].map((text) =>
    el("th", { scope: "col" }, text),
  );
  const rows = table.map((line) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("bdi", {}, line.row || "–")),
      el("td", {}, line.phase || "state"),
      signs.map((sign) => el("td", { class: "number" }, line[sign] || "")),
    ),
  );
  return el(
    "table",
    { class: "signs" },
    el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, rows),
  );
}

function signList(page, sign) {
  const { data } = page;
  const nodes = data.nodes.filter(
    (node) => node.sign === sign && node.kind !== "constant",
  );
  if (!nodes.length) return null;
  const items = nodes.map((node) => {
    const { why = [] } = data.comparison.nodes[node.index] || {};
    const told = why.length ? el("p", { class: "why" }, why.join("; ")) : null;
    return el("li", {}, nodeLink(page, node), told);
  });
  const words = { "+": "added", "−": "removed", "~": "changed" }[sign];
  return el(
    "details",
    { open: nodes.length <= 12 },
    el("summary", {}, `${sign} ${count(nodes.length)} ${words}`),
    el("ul", { class: "links" }, items),
  );
}

function counterpartCard(page, node) {
  const { data } = page;
  const { comparison } = data;
  const entry = comparison.nodes[node.index] || {};
  const how = entry.how || "the same in both";
  const own = node.sign === "+" ? comparison.after : comparison.before;
  const verdict = entry.before
    ? `${node.sign || "="} ${how}`
    : `${node.sign} only in ${own}`;
  const sides = [
    ["− before", entry.before],
    ["+ after", entry.after],
  ];
  const made = (entry.from || []).map((index) => data.nodes[index]);
  return [
    el("p", { class: `verdict ${SIGN_CLASS[node.sign] || ""}` }, verdict),
    el(
      "ul",
      { class: "sentences" },
      (entry.why || []).map((text) => el("li", {}, el("bdi", {}, text))),
    ),
    ...sides.map(([title, lines]) => (lines ? sideLines(title, lines) : [])),
    made.length ? el("h3", {}, "Made from") : null,
    made.length
      ? el(
          "ul",
          { class: "links" },
          made.map((each) => el("li", {}, nodeLink(page, each))),
        )
      : null,
  ];
}

function sideLines(title, lines) {
  const line = ([tag, name, text, like]) =>
    el(
      "li",
      {},
      el("bdi", { class: "strong" }, [tag, name].filter(Boolean).join(" ")),
      el("span", { class: "like" }, ` ${like}`),
      text ? el("p", { class: "formula" }, el("bdi", {}, text)) : null,
    );
  return [el("h3", {}, title), el("ul", { class: "side-lines" }, lines.map(line))];
}
