// @ts-check
// No line passes behind a box: one that would is a stub at its reader.

const NEAR = 1.5;

/**
 * Return the lines, those that cross boxes as stubs, and of the stubs at a box one. A
 * line that came with the data, within its lane, crosses none.
 */
function cleared(model, scene, lines) {
  const find = boxesAt(scene);
  const kept = [];
  const stubs = new Map();
  for (const line of lines) {
    const isStub = line.isStub || (!line.isClear && crossesBox(find, line));
    if (!isStub) {
      kept.push(line);
      continue;
    }
    const { a, b, link, links } = line;
    const stub = line.isStub ? line : { ...boxStub({ model, link, a, b }), links };
    stubs.set(nameOf(b), [...(stubs.get(nameOf(b)) || []), stub]);
  }
  return [...kept, ...[...stubs.values()].map(oneStub)];
}

/** A function from a height to the boxes that may be there. */
function boxesAt(scene) {
  const found = new Map();
  const nodes = scene.nodes.filter(({ node }) => node.kind !== "constant");
  for (const place of [...nodes, ...scene.boxes]) {
    const { x, y, w, h } = boxOf(place);
    const box = [x - NEAR, y - NEAR, x + w + NEAR, y + h + NEAR, place];
    const last = Math.floor((y + h + NEAR) / STRIPE);
    for (let k = Math.floor((y - NEAR) / STRIPE); k <= last; k += 1) {
      if (!found.has(k)) found.set(k, []);
      found.get(k).push(box);
    }
  }
  return (y) => found.get(Math.floor(y / STRIPE)) || [];
}

function crossesBox(find, { points, a, b }) {
  for (let i = 0; i + 7 < points.length; i += 6) {
    for (const [x, y] of along(points, i)) {
      for (const [left, top, right, low, place] of find(y)) {
        const isIn = left < x && x < right && top < y && y < low;
        if (isIn && place !== a && place !== b) return true;
      }
    }
  }
  return false;
}
