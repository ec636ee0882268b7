// @ts-check
// A failure: the fix above the page, the node marked, what was expected and what came.
// The page opens with that node selected.

/** Add the banner and the section `failure`, and mark the node that failed. */
function installFailure(page) {
  const { data, canvas } = page;
  const { failure } = data;
  const node = data.nodes[failure.node];
  const row = data.rowOf(node);
  find("bar").after(failureBanner(page, failure, node, row));
  canvas.mark("failing", new Set([node.index]));
  page.panel.add({
    id: "failure",
    order: 5,
    of: "both",
    title: "What went wrong",
    render: () => failureCard(failure),
  });
}

function failureBanner(page, failure, node, row) {
  const phase = node.kind === "operation" ? failure.phase : "";
  const where = [failure.equation || node.id, row.title, phase].filter(Boolean);
  const show = () => {
    page.collapse.reveal(node);
    page.select(node);
  };
  return el(
    "div",
    { id: "failure", role: "alert" },
    el("p", { class: "what" }, el("strong", {}, failure.kind), " ", where.join(" · ")),
    el(
      "p",
      { class: "fix" },
      el("strong", {}, "Fix"),
      " ",
      failure.fix || failure.message || failure.expected,
    ),
    button("Show it", show, { class: "small" }),
  );
}

function failureCard(failure) {
  const reads = failure.reads.map(({ name, like, numbers }) => [
    el("bdi", {}, name),
    numbers ? `${like}: ${numbers}` : like,
  ]);
  return [
    failure.message ? el("p", { class: "message" }, failure.message) : null,
    definitions([["Expected", failure.expected], ["Got", failure.got], ...reads]),
  ];
}
