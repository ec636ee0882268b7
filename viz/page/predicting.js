// @ts-check
// An exercise: what runs next. The schedule is hidden from some position on; of the
// candidates one is ready, and of the others an input has not been computed.

const WINDOW = 30;
const MOST_WRONG = 3;

/** A question by its seed: the position, and the candidates; null if there is none. */
function questionOf(data, seed) {
  const random = randomOf(seed);
  const last = data.operations.length - 3;
  for (let i = 0; i < 40 && last >= 1; i += 1) {
    const position = 1 + Math.floor(random() * last);
    const ahead = data.operations.slice(position + 1, position + WINDOW);
    const unready = ahead.filter((node) => missingOf(data, node, position).length);
    if (unready.length < 2) continue;
    const wrong = shuffled(unready, random).slice(0, MOST_WRONG);
    const right = data.operations[position];
    return { position, candidates: shuffled([right, ...wrong], random) };
  }
  return null;
}

/** The inputs of a node that have not been computed before a position. */
function missingOf(data, node, position) {
  const inputs = node.ins.map((link) => data.nodes[link.s]);
  return [...new Set(inputs)].filter((each) => each.step >= position);
}

/** Whether a node can run, and why, with the lines that say so. */
function judgeNext(data, node, position) {
  const missing = missingOf(data, node, position);
  const lacks = new Set(missing.map((each) => each.index));
  const links = node.ins.filter((link) => !lacks.size || lacks.has(link.s));
  const names = (list) => [...new Set(list)].map(called).join(" and ");
  const inputs = node.ins.filter((link) => link.kind !== "constant");
  const read = names(inputs.map((link) => data.nodes[link.s]));
  const noun = missing.length > 1 ? "inputs" : "input";
  const verb = missing.length > 1 ? "have" : "has";
  const why = missing.length
    ? `its ${noun} ${names(missing)} ${verb} not been computed yet`
    : read
      ? `what it reads has been computed: ${read}`
      : "it reads nothing that must be computed";
  return { right: !missing.length, why, links };
}

/** The candidates, and what the graph says to those that were chosen. */
function predictingCard(page) {
  const { trial } = page.state;
  const { position, candidates } = trial.question;
  return [
    el(
      "p",
      {},
      `${plural(position, "operation")} ${position === 1 ? "has" : "have"} run. `,
      "Which of these can run next?",
    ),
    el(
      "ul",
      { class: "candidates" },
      candidates.map((node, at) => candidateRow(page, node, at)),
    ),
  ];
}

const letterOf = (at) => "ABCD"[at];

function candidateRow(page, node, at) {
  const { data, state } = page;
  const { question, tried, verdict } = state.trial;
  const isOver = Boolean(verdict && verdict.right);
  const isTold = isOver || tried.includes(node.index);
  const judged = judgeNext(data, node, question.position);
  const choose = () => chooseCandidate(page, node, at);
  const point = (id) => () => state.set({ hovered: id });
  const mark = judged.right ? "✓" : "✗";
  return el(
    "li",
    { class: isTold ? `judged ${judged.right ? "right" : "wrong"}` : null },
    el(
      "button",
      {
        type: "button",
        class: "candidate",
        "data-key": `candidate ${at}`,
        "data-candidate": node.id,
        "aria-disabled": isTold ? "true" : null,
        on: {
          click: choose,
          pointerenter: point(node.id),
          pointerleave: point(null),
          focus: point(node.id),
          blur: point(null),
        },
      },
      el("span", { class: "letter" }, isTold ? mark : letterOf(at)),
      el("bdi", { class: "what" }, isTold ? called(node) : titleOf(node)),
      el("span", { class: "like" }, candidatePlace(data, node)),
    ),
    isTold ? el("p", { class: "why" }, sentence(judged)) : null,
  );
}

const candidatePlace = (data, node) =>
  [node.shape, node.phase, data.rowOf(node).id].filter(Boolean).join(" · ");

const sentence = ({ right, why }) => `${right ? "Ready" : "Not ready"}: ${why}.`;

function chooseCandidate(page, node, at) {
  const { data, state } = page;
  const { question, tried, verdict } = state.trial;
  if ((verdict && verdict.right) || tried.includes(node.index)) return;
  const judged = judgeNext(data, node, question.position);
  const text = `${judged.right ? "Right" : "Not yet"}: ${letterOf(at)}, ${judged.why}.`;
  page.exercise.answer({
    tried: [...tried, node.index],
    verdict: { right: judged.right, text, reasons: [], links: judged.links },
  });
}
