// @ts-check
// The panel of epochs: the facts of a node as lines over them, and what was found.

const LINE_SIZE = { w: 132, h: 26 };

/** Add the sections of nodes and of the whole graph. */
function addEpochPanel(page) {
  const { panel } = page;
  panel.add({
    id: "epochs",
    order: 21,
    title: "Over the epochs",
    watch: ["epoch"],
    render: (node) => nodeEpochs(page, node),
  });
  panel.add({
    id: "findings",
    order: 15,
    of: "graph",
    title: "What was found",
    watch: ["epoch"],
    render: () => findingsCard(page),
  });
}

function nodeEpochs(page, node) {
  const { data, state } = page;
  if (node.kind === "constant") return null;
  if (!data.epochs.nodes[node.index]) {
    return el("p", { class: "hint" }, "Not computed: no epoch has it.");
  }
  const rows = data.epochs.fields
    .filter(({ id }) => data.epochs.nodes[node.index][id] !== undefined)
    .map(({ id, title }) => {
      const value = factAt(data, node, id, state.epoch);
      const is = id === "bad" && value ? "bad" : "";
      return el(
        "tr",
        { "data-fact": id },
        el("th", { scope: "row" }, title),
        el("td", { class: `number ${is}`.trim() }, factText(id, value)),
        el("td", {}, sparkline(page, node, id, title)),
      );
    });
  const wrong = data.epochs.findings.filter((each) => each.nodes.includes(node.index));
  return [
    el("p", { class: "where" }, epochName(data.epochs.at[state.epoch])),
    el("table", { class: "facts" }, el("tbody", {}, rows)),
    wrong.length ? el("ul", { class: "found-list" }, wrong.map(findingOf(page))) : null,
  ];
}

/** A line over the epochs, with a dot at the one that is shown; a click goes there. */
function sparkline(page, node, field, title) {
  const { data, state } = page;
  const values = data.epochs.at.map((_, place) => factAt(data, node, field, place));
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const { w, h } = LINE_SIZE;
  const x = (place) => 3 + ((w - 6) * place) / Math.max(1, values.length - 1);
  const y = (value) =>
    high > low ? h - 4 - ((h - 8) * (value - low)) / (high - low) : h / 2;
  let d = "";
  values.forEach((value, place) => {
    const isOn = place && values[place - 1] !== null;
    if (value !== null) d += `${isOn ? "L" : "M"}${round(x(place))} ${round(y(value))}`;
  });
  const here = values[state.epoch];
  const ends = `from ${factText(field, low)} to ${factText(field, high)}`;
  const label = known.length ? `${title} over the epochs, ${ends}` : `${title}: none`;
  const given = { viewBox: `0 0 ${w} ${h}`, class: "spark", role: "img" };
  const go = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width;
    page.epochs.go(Math.round(part * (values.length - 1)));
  };
  return draw(
    "svg",
    { ...given, "aria-label": label, on: { click: go } },
    draw("title", {}, label),
    draw("path", { d }),
    here === null ? null : draw("circle", { cx: x(state.epoch), cy: y(here), r: 2.6 }),
  );
}

// ---- findings ----

function findingsCard(page) {
  const { epochs } = page.data;
  const { findings, rules, at, every } = epochs;
  const texts = Object.entries(rules).map(([name, text]) =>
    el("li", {}, el("span", { class: "strong" }, `${WRONG_WORDS[name]}: `), text),
  );
  const shown = every ? ` Every ${ordinal(every)} of the samples is here.` : "";
  return [
    findings.length
      ? el("ul", { class: "found-list" }, findings.map(findingOf(page)))
      : el("p", { class: "hint" }, "No rule says that a layer does not learn."),
    el("p", { class: "hint" }, `${plural(at.length, "sample")} of every node.${shown}`),
    texts.length
      ? el(
          "details",
          {},
          el("summary", {}, "The rules"),
          el("ul", { class: "rules" }, texts),
        )
      : null,
  ];
}

/** A finding as an element of a list: a press goes to its first epoch and node. */
function findingOf(page) {
  const { data, state } = page;
  return (found) => {
    const isNow = found.at.includes(state.epoch);
    const go = () => {
      page.epochs.go(found.at[0]);
      const node = data.nodes[found.nodes[0]];
      if (node) page.select(node);
    };
    return el(
      "li",
      { class: isNow ? "current" : null },
      button(
        [
          el("span", { class: "strong" }, WRONG_WORDS[found.wrong]),
          el("bdi", { class: "what" }, found.layer),
          el("span", { class: "like" }, rangeText(data, found.at)),
        ],
        go,
        { class: "node-link" },
      ),
      el("p", { class: "why" }, found.text),
    );
  };
}

function rangeText(data, places) {
  const [first, last] = [places[0], places.at(-1)].map((i) => data.epochs.at[i]);
  return first === last ? `epoch ${first}` : `epochs ${first} to ${last}`;
}
