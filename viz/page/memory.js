// @ts-check
// Memory over the schedule: a chart in the dock, and what is alive at a step.

/** The chart of the memory, over a ribbon of the phases; `show(step)` moves it on. */
function drawSchedule(data) {
  const last = data.operations.length - 1;
  const parts = [];
  const past = draw("rect", { class: "past", x: 0, y: 0, width: 0, height: 100 });
  parts.push(past);
  if (data.memory) {
    const { used, planned } = data.memory;
    const height = (n) => 100 - (92 * n) / Math.max(planned, 1);
    parts.push(draw("path", { class: "planned", d: `M0 ${height(planned)}H${last}` }));
    parts.push(draw("path", { class: "used", d: stepsPath(used, height, last) }));
  }
  const cursor = draw("path", { class: "cursor", d: "" });
  parts.push(cursor);
  const given = { preserveAspectRatio: "none", "aria-hidden": "true" };
  const chart = { ...given, class: "chart", viewBox: `0 0 ${last} 100` };
  const ribbon = { ...given, class: "ribbon", viewBox: `0 0 ${last} 1` };
  const element = el(
    "div",
    { class: data.memory ? "plot" : "plot bare" },
    draw("svg", chart, parts),
    draw("svg", ribbon, phaseRuns(data).map(ribbonPart)),
    data.memory
      ? el("span", { class: "most" }, `${bytes(data.memory.planned)} planned`)
      : null,
  );
  return {
    element,
    show(step) {
      past.setAttribute("width", String(step ?? 0));
      cursor.setAttribute("d", step === null ? "" : `M${step} 0V100`);
    },
  };
}

function stepsPath(used, height, last) {
  let path = "M0 100";
  used.forEach((n, i) => {
    path += `H${Math.max(0, i - 0.5)}V${round(height(n))}`;
  });
  return `${path}H${last}V100Z`;
}

function ribbonPart({ phase, from, to }) {
  const width = to - from + 1;
  const look = `run ${phaseClass(phase)}`;
  return draw("rect", { x: from - 0.5, y: 0, width, height: 1, class: look });
}

const MOST_LIVE = 10;

/** Add the section `memory`: what the buffers hold at the step. */
function installMemory(page) {
  const { data, state, panel } = page;
  if (!data.memory) return;
  panel.add({
    id: "memory",
    order: 40,
    of: "both",
    title: "In buffers at this step",
    watch: ["step"],
    render: () => (state.step === null ? null : memoryCard(page)),
  });
}

function memoryCard(page) {
  const { data, state } = page;
  const { step } = state;
  const live = liveAt(data, step);
  const { used, planned } = data.memory;
  const line = (each) => {
    const node = holder(data, each, step);
    const text = each.scratch ? "working memory" : node ? titleOf(node) : "";
    const inside = [
      node ? tagOf(node) : null,
      el("bdi", { class: "what" }, text),
      el("span", { class: "like" }, `${each.name} · ${bytes(each.bytes)}`),
    ];
    const act = node ? { on: { click: () => page.select(node) } } : {};
    const given = { type: "button", class: "node-link", ...act };
    return el("li", {}, el("button", given, inside));
  };
  const more = live.length - MOST_LIVE;
  return [
    el("p", { class: "strong" }, `${bytes(used[step])} of ${bytes(planned)}`),
    el("ul", { class: "links" }, live.slice(0, MOST_LIVE).map(line)),
    more > 0 ? el("p", { class: "hint" }, `and ${plural(more, "smaller one")}`) : null,
  ];
}
