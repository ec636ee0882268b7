// @ts-check
// The keyboard: one table of keys, which the help shows.

/** Add `page.keys.add(keys, what, act)`: what these keys do outside of text fields. */
function installKeys(page) {
  const table = [];
  page.keys = {
    table,
    /** `act(event)` returns false where the key has no meaning now. */
    add(keys, what, act, group = "View") {
      table.push({ keys, what, act, group });
    },
  };
  document.addEventListener("keydown", (event) => {
    if (isChord(event) || event.defaultPrevented || isElsewhere(event)) return;
    for (const { keys, act } of table) {
      if (keys.includes(event.key) && act(event) !== false) {
        event.preventDefault();
        return;
      }
    }
  });
}

/** Whether Ctrl, Meta or Alt is held; AltGr, which looks like two of them, is none. */
function isChord(event) {
  if (event.getModifierState("AltGraph")) return false;
  return event.ctrlKey || event.metaKey || event.altKey;
}

/** Whether a key belongs to a text field, or to a dialog over the page. */
function isElsewhere({ target, key }) {
  if (document.querySelector("dialog[open]")) return true;
  const fields = "input:not([type=range]), textarea, select";
  const isField = target instanceof HTMLElement && target.matches(fields);
  return isField && key !== "Escape";
}

/** Whether Enter belongs to a button or a link that has the focus. */
function isOnControl({ target }) {
  return target instanceof HTMLElement && target.matches("button, a, summary");
}
