// @ts-check
// The layers in the panel: each opens and closes there, and can be seen alone.

/** Add the section `layers`. */
function installLayers(page) {
  page.panel.add({
    id: "layers",
    order: 20,
    of: "graph",
    title: "Layers",
    watch: ["closed"],
    render: () => layersCard(page),
  });
}

function layersCard(page) {
  const { data, state } = page;
  const lines = [];
  for (const row of data.rows.filter((each) => each.title)) {
    const { group } = row;
    if (group && group.rows[0] === row.index) lines.push(groupLine(page, group));
    if (!group || !state.closed.has(group.key)) lines.push(rowLine(page, row));
  }
  return lines.length ? el("ul", { class: "links" }, lines) : null;
}

function rowLine(page, row) {
  const nodes = page.data.nodesOf(row);
  const only = button("only", () => page.isolate.row(row), {
    class: "aside",
    "aria-label": `Only ${row.title}`,
  });
  const toggle = layerToggle(page, row.key, row.title, nodes);
  return el("li", { class: row.group ? "inner" : null }, toggle, only);
}

function groupLine(page, group) {
  const rows = group.rows.map((each) => page.data.rows[each]);
  const title = `${rows[0].title} … ${rows[rows.length - 1].title} ×${group.count}`;
  return el(
    "li",
    {},
    layerToggle(page, group.key, title, rows.flatMap(page.data.nodesOf)),
  );
}

function layerToggle(page, key, title, nodes) {
  const open = !page.state.closed.has(key);
  const parts = [
    el("span", { class: "sign", "aria-hidden": "true" }, open ? "−" : "+"),
    el("bdi", { class: "what" }, title),
    el("span", { class: "like" }, count(operationsIn(nodes).length)),
  ];
  const given = {
    class: "node-link",
    "aria-expanded": String(open),
    "data-toggle": key,
  };
  return button(parts, () => page.collapse.toggle(key), given);
}
