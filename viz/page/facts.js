// @ts-check
// The sections of the panel that every page has: what a node is, and what the graph is.

/** Add the sections `node`, `result`, `inputs`, `readers` and `graph`. */
function installFacts(page) {
  const { data } = page;
  find("title").textContent = data.title;
  find("facts").textContent = data.facts;
  const linked = (list, end) => {
    const nodes = [...new Set(list.map((link) => data.nodes[link[end]]))];
    if (!nodes.length) return null;
    return el(
      "ul",
      { class: "links" },
      nodes.map((node) => el("li", {}, nodeLink(page, node), signOf(list, node, end))),
    );
  };
  const { panel } = page;
  panel.add({ id: "node", order: 10, render: (node) => nodeCard(page, node) });
  panel.add({
    id: "result",
    order: 20,
    title: "Result",
    render: (node) => resultCard(data, node),
  });
  panel.add({
    id: "inputs",
    order: 30,
    title: "Reads",
    render: (node) => linked(node.ins, "s"),
  });
  panel.add({
    id: "readers",
    order: 31,
    title: "Read by",
    render: (node) => linked(node.outs, "t"),
  });
  panel.add({ id: "graph", order: 10, of: "graph", render: () => graphCard(page) });
}

/** Says of a use that only one of two graphs has it, where both nodes are in both. */
function signOf(list, node, end) {
  const link = list.find((each) => each[end] === node.index);
  if (!link.sign || node.sign === link.sign) return null;
  return el("p", { class: "why" }, `${link.sign} ${SIGN_WORDS[link.sign]}`);
}

function nodeCard(page, node) {
  const row = page.data.rowOf(node);
  const kind = node.kind === "operation" ? node.phase : node.kind;
  const where = [kind, row.title].filter(Boolean).join(" · ");
  return [
    el(
      "div",
      { class: "headline" },
      tagOf(node),
      el("h2", {}, el("bdi", {}, titleOf(node))),
    ),
    el("p", { class: "where" }, where),
    el("p", { class: "name" }, el("bdi", {}, node.id)),
    node.equation ? el("p", { class: "formula" }, el("bdi", {}, node.equation)) : null,
    el(
      "p",
      { class: "actions" },
      button("Show in graph", () => page.collapse.reveal(node), { class: "small" }),
      button("Isolate", () => page.isolate.node(node), { class: "small" }),
    ),
  ];
}

function resultCard({ written, assumed }, node) {
  const where = node.place && `${node.place}`;
  return definitions([
    ["Shape", node.shape],
    ["Type", node.dtype],
    ["Size", node.bytes ? bytes(node.bytes) : null],
    ["FLOPs", node.tag ? count(node.flops || 0) : null],
    ["Counted for", assumed],
    ["Kept in", where],
    ["Recorded as", node.origins ? node.origins.join(", ") : null],
    ["Written in", "line" in node ? el("code", {}, written[node.line]) : null],
  ]);
}

function graphCard(page) {
  const { data } = page;
  const operations = data.operations.length;
  return [
    el("div", { class: "headline" }, el("h2", {}, el("bdi", {}, data.title))),
    el("p", { class: "where" }, data.facts),
    el(
      "p",
      { class: "hint" },
      "Choose an operation in the graph or in the list to see what it does. ",
    ),
    definitions([
      [
        "Operations",
        count(operations) + (data.comparison ? ", of both graphs together" : ""),
      ],
      ["Nodes", count(data.nodes.length)],
      ...[...phaseCounts(data, data.operations)].map(([name, number]) => [
        el(
          "span",
          {},
          el("span", { class: `tag ${phaseClass(name)}` }, name[0].toUpperCase()),
          ` ${name}`,
        ),
        count(number),
      ]),
    ]),
    data.hidden.length
      ? el("p", { class: "hint" }, `Left out: ${data.hidden.join("; ")}`)
      : null,
  ];
}
