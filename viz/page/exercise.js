// @ts-check
// Exercises: questions about this graph that the graph answers. They are drawn from a
// seed, which is in the address; the score is in the state, and nothing is kept.

const KINDS = { order: "Order of a step", next: "What runs next" };

/** Add the states `exercise`, `trial` and `score`, the button, the key, the section. */
function installExercise(page) {
  const { data, state, keys } = page;
  const isOne = !data.comparison && !data.failure;
  const able = {
    order: isOne && canOrder(data),
    next: isOne && questionOf(data, 1) !== null,
  };
  const kinds = Object.keys(KINDS).filter((kind) => able[kind]);
  state.define("exercise", null, {
    write: ({ kind, seed }) => `${kind}.${seed}`,
    read: (text) => readExercise(kinds, text),
  });
  state.define("trial", null);
  state.define("score", { right: 0, asked: 0 });
  page.exercise = exerciseActs(page, kinds);
  if (!kinds.length) return;
  state.watch(["exercise"], () => {
    state.set({ trial: trialOf(data, state.exercise) });
    hideSchedule(page);
    page.exercise.reveal();
  });
  state.watch(["trial"], () => markTrial(page));
  page.panel.add({
    id: "exercise",
    order: 1,
    of: "both",
    title: "Exercise",
    watch: ["trial", "score"],
    render: () => (state.trial ? exerciseCard(page, kinds) : null),
  });
  const start = button("Exercise", () => page.exercise.turn(), {
    title: "Exercise (g)",
    "aria-pressed": "false",
  });
  state.watch(["exercise"], () =>
    start.setAttribute("aria-pressed", String(Boolean(state.exercise))),
  );
  page.toolbar.add(start, 28);
  keys.add(["g"], "exercises about this graph, or an end to them", () =>
    page.exercise.turn(),
  );
}

/** Show the candidates; while the page opens, nothing has its place yet. */
function bringIntoView({ canvas }, nodes) {
  if (!canvas.scene) return;
  const places = nodes.map((node) => canvas.scene.place[node.index]);
  const boxes = places.filter(Boolean).map(boxOf);
  if (!boxes.length) return;
  canvas.measure();
  canvas.fit(unionOf(boxes), canvas.view.k);
}

function readExercise(kinds, text) {
  const [kind, seed] = text.split(".");
  const isKnown = kinds.includes(kind) && /^\d{1,9}$/.test(seed || "");
  return isKnown ? { kind, seed: Number(seed) } : undefined;
}

function trialOf(data, exercise) {
  if (!exercise) return null;
  const { kind, seed } = exercise;
  const fresh = { kind, tried: [], verdict: null, isFirst: true };
  if (kind === "order") return { ...fresh, order: shuffledParts(data, seed) };
  return { ...fresh, question: questionOf(data, seed) || questionOf(data, 1) };
}

/** What can be done: turn on and off, another question, change, answer, end. */
function exerciseActs(page, kinds) {
  const { state } = page;
  const go = (kind, seed) => {
    state.set({ exercise: { kind, seed }, selected: null });
    focusKey(`kind ${kind}`);
    page.announce(`Exercise: ${KINDS[kind]}`);
  };
  const end = () => {
    state.set({ exercise: null, score: { right: 0, asked: 0 } });
    page.announce("The exercises are over");
  };
  return {
    go,
    end,
    turn: () => (state.exercise ? end() : go(kinds[0], 1)),
    /** Open what hides the candidates of a question, and bring them into view. */
    reveal() {
      const { question } = state.trial || {};
      if (!question) return;
      page.collapse.uncover(question.candidates);
      bringIntoView(page, question.candidates);
    },
    another: () => go(state.exercise.kind, state.exercise.seed + 1),
    /** Change the trial; the focus stays where it was. */
    change(patch) {
      const focused = document.activeElement;
      const key = focused instanceof HTMLElement ? focused.dataset.key : null;
      state.set({ trial: { ...state.trial, ...patch } });
      if (key) focusKey(key);
    },
    /** Take an answer; only the first to a question counts. */
    answer(patch) {
      const { score, trial } = state;
      const { right, text } = patch.verdict;
      if (trial.isFirst) {
        const more = right ? 1 : 0;
        state.set({ score: { right: score.right + more, asked: score.asked + 1 } });
      }
      page.exercise.change({ ...patch, isFirst: false });
      if (right) {
        hideSchedule(page);
        focusKey("another");
      }
      page.announce(text);
    },
  };
}

/** Give the focus to a control of the section, or to the first if it is no more. */
function focusKey(key) {
  const controls = [...document.querySelectorAll("#section-exercise [data-key]")];
  const found = controls.find((each) => each.dataset.key === key && !each.disabled);
  const control = found || controls.find((each) => !each.disabled);
  if (control) control.focus();
}

// ---- what is seen ----

/** Hide what would tell: tags, and the list from the position on. */
function hideSchedule(page) {
  const { state, data } = page;
  const { trial } = state;
  const isOpen = Boolean(trial && !(trial.verdict && trial.verdict.right));
  const { classList } = document.documentElement;
  classList.toggle("guessing", isOpen);
  classList.toggle("ordering", isOpen && trial.kind === "order");
  const isNext = isOpen && trial.kind === "next";
  const end = isNext ? trial.question.position : data.operations.length;
  const from = page.outline.options.get((data.operations[end] || {}).id);
  let isHidden = false;
  for (const each of page.outline.element.children) {
    isHidden = isHidden || each === from;
    if (each.hidden !== isHidden) each.hidden = isHidden;
  }
}

function markTrial({ data, state, canvas }) {
  const { trial } = state;
  const isOver = Boolean(trial && trial.verdict && trial.verdict.right);
  const question = trial && trial.question;
  const after = question && !isOver ? data.schedule.slice(question.position) : [];
  const unknown = trial && trial.kind === "order" && !isOver ? data.schedule : after;
  const asked = question ? question.candidates.map((node) => node.index) : [];
  canvas.mark("unknown", new Set(unknown));
  canvas.mark("asked", new Set(asked));
  canvas.light("answer", trial && trial.verdict ? trial.verdict.links : []);
}

function exerciseCard(page, kinds) {
  const { trial, score, exercise } = page.state;
  const { verdict } = trial;
  const isOver = Boolean(verdict && verdict.right);
  const tab = (kind) =>
    button(KINDS[kind], () => page.exercise.go(kind, exercise.seed), {
      class: "small",
      "aria-pressed": String(kind === trial.kind),
      "data-key": `kind ${kind}`,
    });
  const control = (name, act, key) =>
    button(name, act, { class: "small", "data-key": key });
  return [
    el("div", { class: "kinds", role: "group", "aria-label": "Kind" }, kinds.map(tab)),
    ...(trial.kind === "order" ? orderingCard(page) : predictingCard(page)),
    verdict && trial.kind === "order" ? verdictLines(verdict) : null,
    el(
      "p",
      { class: "actions" },
      control(isOver ? "Next question" : "Another", page.exercise.another, "another"),
      control("End", page.exercise.end, "end"),
      el("span", { class: "score" }, scoreOf(score)),
    ),
  ];
}

const scoreOf = ({ right, asked }) =>
  asked ? `${right} of ${asked} right at the first try` : "";

function verdictLines({ right, text, reasons }) {
  return el(
    "div",
    { class: `verdict ${right ? "right" : "wrong"}` },
    el("p", {}, `${right ? "✓" : "✗"} ${text}`),
    reasons.length ? el("ul", {}, ...reasons.map((each) => el("li", {}, each))) : null,
  );
}

/** A node by its tag and name, or by its name. */
const called = (node) => [node.tag, titleOf(node)].filter(Boolean).join(" ");

/** Numbers from 0 to 1 that a seed decides. */
function randomOf(seed) {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(list, random) {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}
