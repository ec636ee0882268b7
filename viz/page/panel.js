// @ts-check
// The panel: sections, each made by one feature, for the node that is selected or for
// the whole graph.

/**
 * Add `page.panel.add(section)`. A section has an `id`, an `order` among the others, a
 * `title` (or none), `of` ("node", "graph" or "both"), `render(node)`, which returns
 * what stands in it or null to leave it out, and `watch`, the names of further fields
 * of the state on which it depends.
 */
function installPanel(page) {
  const { data, state } = page;
  const panel = find("panel");
  const sections = [];
  const selected = () => data.byId.get(state.selected) || null;
  const renderAll = () => {
    keepingFocus(panel, renderSections);
    panel.scrollTop = 0;
  };
  const renderSections = () => {
    const node = selected();
    const shown = sections.filter(
      ({ of }) => of === "both" || of === (node ? "node" : "graph"),
    );
    panel.replaceChildren(
      ...shown.map((section) => sectionOf(section, node)).filter(Boolean),
    );
  };
  page.panel = {
    element: panel,
    add(section) {
      sections.push({ order: 50, of: "node", watch: [], ...section });
      sections.sort((a, b) => a.order - b.order);
      if (section.watch)
        state.watch(section.watch, () => page.panel.refresh(section.id));
    },
    /** Make one section anew. */
    refresh(id) {
      const section = sections.find((each) => each.id === id);
      const old = document.getElementById(`section-${id}`);
      const node = selected();
      const fits = section.of === "both" || section.of === (node ? "node" : "graph");
      const made = fits ? sectionOf(section, node) : null;
      if (old && made) keepingFocus(panel, () => old.replaceWith(made));
      else if (old || made) renderAll();
    },
    renderAll,
  };
  state.watch(["selected"], renderAll);
}

/**
 * Make parts of the panel anew: what had the focus has it still, or the panel has it
 * where that is no more.
 */
function keepingFocus(panel, act) {
  const { dataset = {}, tagName = "" } = panel.contains(document.activeElement)
    ? /** @type {HTMLElement} */ (document.activeElement)
    : {};
  act();
  if (!tagName || panel.contains(document.activeElement)) return;
  const [own] = Object.entries(dataset);
  const same = [...panel.querySelectorAll(tagName)].find(
    (each) => own && each.dataset[own[0]] === own[1],
  );
  (same || panel).focus({ preventScroll: true });
}

function sectionOf(section, node) {
  const inside = section.render(node);
  if (inside === null || inside === undefined) return null;
  const heading = section.title ? el("h2", {}, section.title) : null;
  const parts = Array.isArray(inside) ? inside : [inside];
  return el(
    "section",
    { id: `section-${section.id}`, class: "card" },
    heading,
    ...parts,
  );
}

/** A list of terms and what they are; rows without a value are left out. */
function definitions(pairs) {
  const rows = pairs.filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  return el(
    "dl",
    {},
    ...rows.map(([term, value]) =>
      el("div", {}, el("dt", {}, term), el("dd", {}, value)),
    ),
  );
}

/** A link to another node: it selects it. */
function nodeLink(page, node) {
  return el(
    "button",
    {
      type: "button",
      class: "node-link",
      "data-id": node.id,
      on: { click: () => page.select(node) },
    },
    tagOf(node),
    el("bdi", { class: "what" }, titleOf(node)),
    el("span", { class: "like" }, likeOf(node)),
  );
}
