// Four phones, kept up to date by the server's stream of changes.

import { node } from "./message.js";
import { Phone } from "./phone.js";

const phones = new Map(); // person id -> Phone
const main = document.querySelector("main");
const tabs = document.querySelector(".tabs");
const status = document.querySelector(".status");
const kill = document.querySelector(".kill");

async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (answer.ok) return true;
    phones.get(body.person)?.toast((await answer.json()).error);
  } catch {
    phones.get(body.person)?.toast("មិនអាចភ្ជាប់ទៅម៉ាស៊ីនបម្រើ · The server is away");
  }
  return false;
}

async function load() {
  const state = await (await fetch("state")).json();
  kill.hidden = !state.can_kill;
  show(state.online);
  for (const phone of state.phones) {
    const known = phones.get(phone.id);
    if (known) known.update(phone);
    else add(phone, state.bot.username);
  }
}

function add(state, username) {
  const phone = new Phone(state, username, (body) => post("act", body));
  phones.set(state.id, phone);
  main.append(phone.root);
  const tab = node("button", "", state.name, node("small", "", state.english), node("span", "badge"));
  tab.type = "button";
  tab.dataset.testid = `tab-${state.key}`;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", phone.root.id);
  tab.setAttribute("aria-selected", "false");
  tab.addEventListener("click", () => main.scrollTo({ left: phone.root.offsetLeft - main.offsetLeft, behavior: "smooth" }));
  tabs.append(tab);
  phone.tab = tab;
  seen.observe(phone.root);
  phone.activity("");
  phone.toEnd();
}

const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const { tab } = [...phones.values()].find(({ root }) => root === target) ?? {};
    tab?.setAttribute("aria-selected", String(isIntersecting));
    if (tab && isIntersecting) tab.querySelector(".badge").textContent = "";
  }
}, { root: main, threshold: 0.6 });

function show(online) {
  status.classList.toggle("online", online);
  status.querySelector("span").replaceChildren(
    online ? "បូតកំពុងដំណើរការ " : "បូតមិនដំណើរការ ",
    node("small", "", online ? "bot is running" : "bot is away; messages wait for it"),
  );
}

const handlers = {
  hello: load,
  reload: load,
  bot: ({ online }) => show(online),
  message(event) {
    const phone = phones.get(event.chat_id);
    if (!phone) return;
    const others = phone.state.messages.filter(({ message_id: id }) => id !== event.message.message_id);
    phone.state.messages = [...others, event.message].sort((a, b) => a.message_id - b.message_id);
    if (!phone.put(event.message) || phone.tab.getAttribute("aria-selected") === "true") return;
    const badge = phone.tab.querySelector(".badge");
    badge.textContent = Number(badge.textContent) + 1;
  },
  deleted: (event) => phones.get(event.chat_id)?.remove(event.message_id),
  keyboard: (event) => phones.get(event.chat_id)?.setKeyboard(event.keyboard),
  answer: (event) => phones.get(event.chat_id)?.answer(event),
  action: (event) => phones.get(event.chat_id)?.activity(event.action),
};

kill.addEventListener("click", () => post("kill", {}));
document.addEventListener("click", (event) => {
  for (const phone of phones.values()) {
    if (!event.target.closest(".menu, .open-commands, .open-attach")) phone.closeMenus();
  }
});

let done = Promise.resolve(); // changes one after another: one that comes while all is loaded again waits
const changes = new EventSource("events"); // reconnects by itself, and "hello" loads everything again
changes.addEventListener("message", ({ data }) => {
  const event = JSON.parse(data);
  done = done.then(() => handlers[event.type]?.(event)).catch((error) => console.error(error));
});
changes.addEventListener("error", () => show(false));
