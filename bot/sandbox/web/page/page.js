// Four phones, kept up to date by the server's stream of changes.

import { node } from "./message.js";
import { count, Phone } from "./phone.js";

const phones = new Map(); // person id -> Phone
let group = null; // {id, title, members, has_bot, is_basic, people}
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
  group = state.group;
  kill.hidden = !state.can_kill;
  show(state.online);
  for (const phone of state.phones) {
    const known = phones.get(phone.id);
    if (known) known.update(phone, group);
    else add(phone, state.bot.username);
  }
}

function add(state, username) {
  const phone = new Phone(state, username, group, (body) => post("act", body));
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

/** Do something with every phone that has the chat, as its "private" one or its "group". */
function inChat(id, action) {
  if (id === group?.id) for (const phone of phones.values()) action(phone, "group");
  else if (phones.has(id)) action(phones.get(id), "private");
}

const handlers = {
  hello: load,
  reload: load,
  bot: ({ online }) => show(online),
  message: (event) => inChat(event.chat_id, (phone, chat) => {
    if (phone.receive(chat, event.message) && phone.tab.getAttribute("aria-selected") !== "true") count(phone.tab);
  }),
  deleted: (event) => inChat(event.chat_id, (phone, chat) => phone.lose(chat, event.message_id)),
  keyboard: (event) => inChat(event.chat_id, (phone, chat) => phone.setKeyboard(chat, event.keyboard)),
  answer: (event) => phones.get(event.chat_id)?.answer(event),
  action: (event) => inChat(event.chat_id, (phone, chat) => phone.activity(chat, event.action)),
  inline: (event) => phones.get(event.chat_id)?.inline.show(event),
};

kill.addEventListener("click", () => post("kill", {}));
document.addEventListener("click", (event) => {
  for (const phone of phones.values()) {
    if (!event.target.closest(".menu, .open-commands, .open-attach, .open-manage")) phone.closeMenus();
  }
});

let done = Promise.resolve(); // changes one after another: one that comes while all is loaded again waits
const changes = new EventSource("events"); // reconnects by itself, and "hello" loads everything again
changes.addEventListener("message", ({ data }) => {
  const event = JSON.parse(data);
  done = done.then(() => handlers[event.type]?.(event)).catch((error) => console.error(error));
});
changes.addEventListener("error", () => show(false));
