// @ts-check
// Pairs: an operation lights the operations of its derivative, what was saved for
// them and the update; each of these lights what it comes from.

const ROLES = ["gradients", "saved", "updates", "causes"];
const ROLE_NAMES = {
  gradients: "Its derivative, in the backward pass",
  saved: "Saved for it",
  updates: "Update of what it reads",
  causes: "Comes from",
};

/** Add the marks of pairs, by selection and by pointer, and the section `pairs`. */
function installPairing(page) {
  const { data, state, canvas, panel } = page;
  data.pairing = readPairs(data);
  state.watch(["selected", "hovered"], () => markPairs(page));
  panel.add({ id: "pairs", order: 34, render: (node) => pairsCard(page, node) });
}

/** The pairs by node, and the ways back from gradients and updates. */
function readPairs(data) {
  const pairing = { of: new Map(), caused: new Map(), updated: new Map() };
  const add = (map, key, value) => map.set(key, [...(map.get(key) || []), value]);
  for (const pair of data.pairs || []) {
    pairing.of.set(pair.of, pair);
    for (const each of pair.gradients || []) add(pairing.caused, each, pair.of);
    for (const each of pair.updates || []) add(pairing.updated, each, pair.of);
  }
  return pairing;
}

/** What belongs to a node, by role. */
function rolesOf(data, index) {
  const { of, caused, updated } = data.pairing;
  const own = of.get(index);
  if (own) return { ...own, causes: [] };
  const causes = [...(caused.get(index) || []), ...(updated.get(index) || [])];
  const all = causes.map((each) => of.get(each));
  const isRule = caused.has(index);
  return {
    gradients: all.flatMap((each) => each.gradients || []).filter((i) => i !== index),
    saved: isRule ? all.flatMap((each) => each.saved || []) : [],
    updates: all.flatMap((each) => each.updates || []).filter((i) => i !== index),
    causes,
  };
}

function markPairs(page) {
  const { data, state, canvas } = page;
  const node = data.byId.get(state.hovered) || data.byId.get(state.selected);
  const roles = node ? rolesOf(data, node.index) : {};
  const sets = ROLES.map((role) => new Set(roles[role] || []));
  ROLES.forEach((role, i) => canvas.mark(`pair-${role}`, sets[i]));
  canvas.mark("paired", new Set(sets.flatMap((set) => [...set])));
  const [gradients, saved] = sets;
  const rules = new Set([...gradients, node && node.index]);
  const isLit = (link) => link.kind === "saved" && rules.has(link.t);
  const outs = [...saved].flatMap((i) => data.nodes[i].outs);
  canvas.light("pairs", outs.filter(isLit));
}

function pairsCard(page, node) {
  const { data } = page;
  const roles = rolesOf(data, node.index);
  const lists = ROLES.filter((role) => (roles[role] || []).length).map((role) => {
    const nodes = [...new Set(roles[role])].map((i) => data.nodes[i]);
    return [
      el("h2", { class: `role ${role}` }, ROLE_NAMES[role]),
      el(
        "ul",
        { class: "links", "data-role": role },
        nodes.map((each) => el("li", {}, nodeLink(page, each))),
      ),
    ];
  });
  return lists.length ? lists.flat() : null;
}
