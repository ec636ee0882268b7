// @ts-check
// The step of the schedule at which the page stands: what runs, what is done, what
// is to come, and what is in memory.

/** Add the state `step` and `page.schedule`: go, by, toPhase, leave. */
function installSchedule(page) {
  const { data, state, canvas } = page;
  const last = data.operations.length - 1;
  state.define("step", null, {
    write: String,
    read: (text) => (/^\d+$/.test(text) && +text <= last ? +text : undefined),
  });
  page.schedule = {
    last,
    /** The operation that runs now, or null before the start. */
    now: () => (state.step === null ? null : data.operations[state.step]),
    /** Go to a step, and look at what runs there. */
    go(step, isQuiet = false) {
      const node = data.operations[Math.max(0, Math.min(last, step))];
      state.set({ step: node.step, selected: node.id });
      page.reach(node);
      if (!isQuiet) page.announce(stepText(page));
    },
    /** Go on or back by so many steps; false at the end. */
    by(steps, isQuiet = false) {
      const from = state.step === null ? (steps > 0 ? -1 : last + 1) : state.step;
      const to = from + steps;
      if (to < 0 || to > last) return false;
      page.schedule.go(to, isQuiet);
      return true;
    },
    /** Go to where a phase begins; within the phase, to where it begins again. */
    toPhase(name) {
      const starts = phaseRuns(data).filter((run) => run.phase === name);
      const next = starts.find((run) => run.from > (state.step ?? -1)) || starts[0];
      if (next) page.schedule.go(next.from);
      return Boolean(next);
    },
    leave() {
      state.set({ step: null });
      page.announce("The graph as a whole");
    },
  };
  state.watch(["step"], () => markSteps(page));
  canvas.onRestack(() => markSteps(page));
}

/** What is said of the step: which, of how many, and what runs. */
function stepText(page) {
  const node = page.schedule.now();
  const all = plural(page.schedule.last + 1, "operation");
  if (!node) return `${all} to step through`;
  const where = `${count(node.step + 1)} of ${count(page.schedule.last + 1)}`;
  return `${where}: ${node.tag} ${titleOf(node)}`;
}

/** The runs of operations of one phase, in order. */
function phaseRuns(data) {
  const runs = [];
  data.operations.forEach((node, i) => {
    const run = runs.at(-1);
    if (run && run.phase === node.phase) run.to = i;
    else runs.push({ phase: node.phase, from: i, to: i });
  });
  return runs;
}

/** What lies in the buffers at a step, the largest first. */
function liveAt(data, step) {
  return (data.buffers || [])
    .filter((each) => each.from <= step && step <= each.to)
    .sort((a, b) => b.bytes - a.bytes);
}

/** Which node's value a part of a buffer holds at a step: the last that was written. */
function holder(data, live, step) {
  const nodes = live.nodes.map((i) => data.nodes[i]);
  return nodes.filter((node) => node.step <= step).at(-1) || nodes[0];
}

function markSteps(page) {
  const { data, state, canvas } = page;
  const { step } = state;
  const isOn = step !== null;
  const done = isOn ? data.schedule.slice(0, step) : [];
  const live = isOn ? liveAt(data, step).filter((each) => !each.scratch) : [];
  const held = live.map((each) => holder(data, each, step)).filter(Boolean);
  canvas.svg.classList.toggle("stepping", isOn);
  canvas.mark("done", new Set(done));
  canvas.mark("running", new Set(isOn ? [data.schedule[step]] : []));
  canvas.mark("alive", new Set(held.map((node) => node.index)));
}
