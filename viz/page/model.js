// @ts-check
// The data of the page, with the ways through it: by id, by lane, along links.

/** Read the data, and note what is linked to what. */
function readModel(element) {
  const data = JSON.parse(element.textContent || "{}");
  const byId = new Map();
  data.nodes.forEach((node, index) => {
    node.index = index;
    node.ins = [];
    node.outs = [];
    byId.set(node.id, node);
  });
  data.links.forEach((link, index) => {
    link.index = index;
    data.nodes[link.s].outs.push(link);
    data.nodes[link.t].ins.push(link);
  });
  data.lanes.forEach((lane, index) => {
    lane.index = index;
    lane.nodes = [];
    lane.key = `${data.rows[lane.row].id}|${lane.name}`;
  });
  data.nodes.forEach((node) => data.lanes[node.lane].nodes.push(node));
  data.rows.forEach((row, index) => {
    row.index = index;
    row.key = row.id;
    row.group = null;
  });
  data.repeats.forEach((group) => {
    group.key = `${data.rows[group.rows[0]].id}*`;
    for (const each of group.rows) data.rows[each].group = group;
  });
  data.schedule.forEach((index, step) => {
    data.nodes[index].step = step;
  });
  const model = { groups: [], ...data, byId };
  model.laneOf = (node) => data.lanes[node.lane];
  model.rowOf = (node) => data.rows[data.lanes[node.lane].row];
  model.operations = data.schedule.map((index) => data.nodes[index]);
  model.nodesOf = (row) => row.lanes.flatMap((each) => data.lanes[each].nodes);
  return model;
}

/** All keys that can be closed: of rows, lanes and repeats. */
function keysOf(model) {
  return new Set([
    ...model.rows.filter((row) => row.title).map((row) => row.key),
    ...model.lanes.filter((lane) => lane.phase).map((lane) => lane.key),
    ...model.repeats.map((group) => group.key),
  ]);
}

/** How many operations of each phase are among these nodes. */
function phaseCounts(model, nodes) {
  const found = new Map(model.phases.map((phase) => [phase.name, 0]));
  for (const node of nodes) {
    if (node.tag) found.set(node.phase, (found.get(node.phase) || 0) + 1);
  }
  return found;
}

/** The nodes of these that are operations. */
const operationsIn = (nodes) => nodes.filter((node) => node.tag);

/** The first and the last tag of some nodes, as "F1…F4". */
function tagRange(nodes) {
  const steps = operationsIn(nodes).sort((a, b) => a.step - b.step);
  if (!steps.length) return "";
  const [first, last] = [steps[0].tag, steps[steps.length - 1].tag];
  return first === last ? first : `${first}…${last}`;
}

/** Type and shape of a result; what failed has none. */
const likeOf = (node) => [node.dtype, node.shape].filter(Boolean).join(" ");
