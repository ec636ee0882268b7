// @ts-check
// The state of the page in one place: what is seen is a function of it, and the
// permalink is its text.

/**
 * Make a store of named fields. `define` says how a field starts and, unless it is not
 * kept in permalinks, how it is written and read; `set` changes some, and tells once.
 */
function createStore() {
  const fields = new Map();
  const values = {};
  const watchers = [];
  const store = {
    /**
     * Define a field: `write(value)` gives its text, `read(text)` the value, or
     * undefined for a text that means nothing here.
     */
    define(name, initial, codec = null) {
      if (name in store) throw new Error(`the state has ${name} already`);
      values[name] = initial;
      fields.set(name, { initial, codec });
      Object.defineProperty(store, name, { get: () => values[name], enumerable: true });
    },
    /** Change fields; whoever watches one that is another now is told, once. */
    set(patch) {
      const changed = new Set();
      for (const [name, value] of Object.entries(patch)) {
        if (!fields.has(name)) throw new Error(`the state has no ${name}`);
        if (sameValue(values[name], value)) continue;
        values[name] = value;
        changed.add(name);
      }
      if (!changed.size) return;
      for (const { names, act } of watchers) {
        if (names.some((name) => changed.has(name))) act(changed);
      }
    },
    /** Call `act(changed)` whenever one of these fields has another value. */
    watch(names, act) {
      watchers.push({ names, act });
    },
    /** The state as the text of a permalink: what differs from the start. */
    text: () => textOf(fields, values),
    /** Take the state from such a text; what it does not name is as at the start. */
    restore: (text) => store.set(patchFrom(fields, text)),
  };
  return store;
}

function textOf(fields, values) {
  const parts = [];
  for (const [name, { initial, codec }] of fields) {
    if (!codec || sameValue(values[name], initial)) continue;
    parts.push(`${name}=${encoded(codec.write(values[name]))}`);
  }
  return parts.join("&");
}

function patchFrom(fields, text) {
  const given = fromText(text);
  const patch = {};
  for (const [name, { initial, codec }] of fields) {
    if (!codec) continue;
    const value = given.has(name) ? readBy(codec, given.get(name)) : initial;
    patch[name] = value === undefined ? initial : value;
  }
  return patch;
}

function readBy(codec, text) {
  try {
    return codec.read(text);
  } catch {
    return undefined; // names that were written by hand
  }
}

/** Sets are the same if they hold the same; other values if they are. */
function sameValue(a, b) {
  if (a instanceof Set && b instanceof Set) {
    return a.size === b.size && [...a].every((each) => b.has(each));
  }
  return Object.is(a, b);
}

function fromText(text) {
  const found = new Map();
  for (const part of text.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at < 1) continue;
    try {
      found.set(part.slice(0, at), decoded(part.slice(at + 1)));
    } catch {
      continue; // a text that somebody cut
    }
  }
  return found;
}

/** A text for an address; halves of surrogate pairs, which it cannot hold, too. */
function encoded(text) {
  const safe = text.replace(/~|\p{Surrogate}/gu, (half) => {
    return half === "~" ? "~~" : `~${half.charCodeAt(0).toString(16)}`;
  });
  return encodeURIComponent(safe);
}

function decoded(text) {
  return decodeURIComponent(text).replace(/~(~|d[89a-f][0-9a-f]{2})/g, (_, code) =>
    code === "~" ? "~" : String.fromCharCode(parseInt(code, 16)),
  );
}

// ---- codecs ----

const TEXT = { write: (value) => value || "", read: (text) => text || null };

const FLAG = {
  write: (value) => (value ? "1" : "0"),
  read: (text) => (["0", "1"].includes(text) ? text === "1" : undefined),
};

/** A set of names, some of which may be known no more. */
function setCodec(isKnown) {
  return {
    write: (value) => [...value].map(encoded).join(" "),
    read: (text) =>
      new Set(text.split(" ").filter(Boolean).map(decoded).filter(isKnown)),
  };
}
