// A message's text with its entities, as nodes. Offsets count UTF-16 units, as JavaScript's strings do.

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span",
};
const SAFE = /^(https?|tg|tel|mailto):/i;

/** The text as a fragment; `act.command(text)` and `act.link(url)` answer the reader's taps. */
export function textNodes(text, entities, act) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, sorted, 0, text.length, act);
}

function build(text, entities, start, end, act) {
  const fragment = document.createDocumentFragment();
  let position = start;
  let left = entities;
  while (left.length) {
    const [entity, ...rest] = left;
    left = rest;
    const from = Math.max(entity.offset, position);
    const to = Math.min(entity.offset + entity.length, end);
    if (from >= to) continue;
    fragment.append(text.slice(position, from));
    const node = element(entity, text.slice(from, to), act);
    node.append(build(text, rest.filter((other) => other.offset < to), from, to, act));
    fragment.append(node);
    left = rest.filter((other) => other.offset + other.length > to);
    position = to;
  }
  fragment.append(text.slice(position, end));
  return fragment;
}

function element(entity, text, act) {
  switch (entity.type) {
    case "text_link": return link(entity.url, act);
    case "url": return link(/^[a-z]+:/i.test(text) ? text : `http://${text}`, act);
    case "email": return link(`mailto:${text}`, act);
    case "phone_number": return link(`tel:${text.replace(/[^\d+]/g, "")}`, act);
    case "bot_command": {
      const node = document.createElement("button");
      node.type = "button";
      node.className = "command";
      node.addEventListener("click", () => act.command(text));
      return node;
    }
    case "spoiler": {
      const node = document.createElement("span");
      node.className = "spoiler";
      node.tabIndex = 0;
      node.setAttribute("role", "button");
      node.addEventListener("click", () => node.classList.add("seen"));
      return node;
    }
  }
  const node = document.createElement(TAGS[entity.type] ?? "span");
  if (!TAGS[entity.type]) node.className = "mention";
  return node;
}

function link(url, act) {
  const node = document.createElement("a");
  if (!SAFE.test(url)) return node;
  node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  node.addEventListener("click", (event) => {
    if (act.link(url)) event.preventDefault();
  });
  return node;
}

/** The payload of a link t.me/<bot>?start=…; null when the link is another one. */
export function startPayload(url, username) {
  let parsed;
  try { parsed = new URL(url); } catch { return null; }
  const isBot = parsed.protocol === "tg:"
    ? parsed.searchParams.get("domain") === username
    : /^(www\.)?(t|telegram)\.me$/.test(parsed.hostname) && parsed.pathname.slice(1) === username;
  return isBot ? parsed.searchParams.get("start") ?? "" : null;
}
