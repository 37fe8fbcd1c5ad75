// One phone: a person's chat with the bot, and the group.

import { attachments } from "./attach.js";
import { Inline } from "./inline.js";
import { khmer, messageNode, node } from "./message.js";
import { startPayload } from "./text.js";

const ACTING_FOR = 5000; // milliseconds that "typing…" stands

/** One more that was not seen yet. */
export function count(tab) {
  const badge = tab.querySelector(".badge");
  badge.textContent = Number(badge.textContent) + 1;
}

export class Phone {
  constructor(state, username, group, send) {
    this.username = username;
    this.chat = "private"; // or "group"
    this.send = (body) => send({ person: state.id, ...body });
    this.sendHere = (body) => this.send(this.chat === "group" ? { ...body, chat_id: this.group.id } : body);
    this.shown = new Map(); // message_id -> {json, element}
    this.acting = { private: false, group: false };
    this.timers = {};
    this.root = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    this.root.dataset.phone = state.key;
    this.root.id = `phone-${state.key}`;
    this.root.setAttribute("aria-label", `${state.name} ${state.english}`);
    this.find(".name").textContent = state.name;
    this.find(".english").textContent = state.english;
    this.input = this.find("textarea");
    this.log = this.find(".log");
    this.keyboardOpen = true;
    this.wire();
    this.update(state, group);
  }

  find(selector) { return this.root.querySelector(selector); }

  wire() {
    this.find("form").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === "Escape") { this.closeMenus(); this.reset(); }
    });
    this.input.addEventListener("input", () => this.changed());
    this.find(".start").addEventListener("click", () => this.send({ do: "start", payload: this.payload }));
    this.find(".unblock").addEventListener("click", () => this.send({ do: "unblock" }));
    this.find(".block").addEventListener("click", () => this.send({ do: "block" }));
    this.find(".cancel").addEventListener("click", () => this.reset());
    this.find(".open-commands").addEventListener("click", () => this.toggle(".commands"));
    this.find(".open-manage").addEventListener("click", () => this.toggle(".manage"));
    this.find(".open-attach").addEventListener("click", () => this.toggle(".attach"));
    this.find(".toggle-keyboard").addEventListener("click", () => { this.keyboardOpen = !this.keyboardOpen; this.drawKeyboard(); });
    this.find(".alert button").addEventListener("click", () => { this.find(".veil").hidden = true; this.input.focus(); });
    for (const button of this.root.querySelectorAll("[data-language]")) {
      button.addEventListener("click", () => this.send({ do: "speak", language: button.dataset.language }));
    }
    for (const button of this.root.querySelectorAll("[data-chat]")) {
      button.addEventListener("click", () => this.open(button.dataset.chat));
    }
    attachments(this.find(".attach"), this.find(".file"), (body) => this.sendHere(body), (text) => this.toast(text));
    this.inline = new Inline(this.find(".results"), this.username, {
      ask: (words) => this.sendHere({ do: "inline", words }),
      choose: (result) => { this.reset(); this.sendHere({ do: "choose", result_id: result.id }); },
      open: (payload) => { this.reset(); this.start(payload); },
    });
    this.act = {
      command: (text) => this.command(text),
      link: (url) => this.follow(url),
      press: (message, button, element) => this.press(message, button, element),
      edit: (message) => this.prepare("កែសារ ", "Edit message", { do: "edit", message_id: message.message_id }, message.text),
      reply: (message) => this.prepare("ឆ្លើយតប ", `Reply to ${message.from.first_name}`, { do: "type", reply_to: message.message_id }),
    };
  }

  /** Switch to the private chat or to the group. */
  open(chat) {
    if (chat === this.chat) return;
    this.reset();
    this.chat = chat;
    for (const id of [...this.shown.keys()]) this.remove(id);
    this.find(`[data-chat="${chat}"] .badge`).textContent = "";
    this.draw();
    this.toEnd();
  }

  /** Open the private chat through a link, and press Start there. */
  start(payload) {
    this.open("private");
    this.send({ do: "start", payload });
  }

  /** Send a command; in a group clients add whose it is. */
  command(text) {
    this.sendHere({ do: "type", text: this.chat === "group" && !text.includes("@") ? `${text}@${this.username}` : text });
  }

  /** Draw the whole state; what has not changed stays as it is. */
  update(state, group) {
    this.state = state;
    this.group = group;
    for (const button of this.root.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === state.language));
    }
    this.draw();
  }

  /** Draw the chat that is open. */
  draw() {
    const { state } = this;
    const inGroup = this.chat === "group";
    const { messages } = state[this.chat];
    this.canWrite = inGroup || (state.started && !state.blocked);
    this.find(".bot-name").textContent = inGroup ? this.group.title : state.bot_name;
    this.find(".avatar").textContent = inGroup ? "ក" : "W";
    this.find(".avatar").classList.toggle("of-group", inGroup);
    for (const button of this.root.querySelectorAll("[data-chat]")) {
      button.setAttribute("aria-selected", String(button.dataset.chat === this.chat));
    }
    this.find("form").hidden = !this.canWrite;
    this.find(".start").hidden = inGroup || state.started || state.blocked;
    this.find(".unblock").hidden = inGroup || !state.blocked;
    this.find(".block").hidden = inGroup || !this.canWrite;
    const wanted = new Set(messages.map((message) => message.message_id));
    for (const id of [...this.shown.keys()]) if (!wanted.has(id)) this.remove(id);
    for (const message of messages) this.put(message);
    this.drawActivity();
    this.drawDescription();
    this.drawCommands();
    this.drawManage();
    this.drawKeyboard();
  }

  /** A message has come or changed in one of the chats; true when it is new. */
  receive(chat, message) {
    const { messages } = this.state[chat];
    const isNew = !messages.some(({ message_id: id }) => id === message.message_id);
    const others = messages.filter(({ message_id: id }) => id !== message.message_id);
    this.state[chat].messages = [...others, message].sort((a, b) => a.message_id - b.message_id);
    if (message.from.is_bot) this.activity(chat, "");
    if (chat === this.chat) this.put(message);
    else if (isNew) count(this.find(`[data-chat="${chat}"]`));
    return isNew;
  }

  /** A message was deleted. */
  lose(chat, id) {
    this.state[chat].messages = this.state[chat].messages.filter((message) => message.message_id !== id);
    if (chat === this.chat) this.remove(id);
  }

  /** Add a message, or draw a changed one anew. */
  put(message) {
    const json = JSON.stringify(message);
    const before = this.shown.get(message.message_id);
    if (before?.json === json) return;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    const element = messageNode(message, this.act, this.state.id, this.chat === "group");
    if (before) before.element.replaceWith(element);
    else this.insert(message.message_id, element);
    this.shown.set(message.message_id, { json, element });
    if (atEnd || message.from.id === this.state.id) this.toEnd();
    for (const image of element.querySelectorAll("img")) image.addEventListener("load", () => atEnd && this.toEnd());
  }

  remove(id) {
    this.shown.get(id)?.element.remove();
    this.shown.delete(id);
  }

  /** Put a new bubble where its number belongs, and a date over the first bubble of a day. */
  insert(id, element) {
    const bubbles = [...this.log.querySelectorAll("article")];
    const next = bubbles.find((other) => Number(other.dataset.id) > id) ?? null;
    this.log.insertBefore(element, next);
    for (const old of this.log.querySelectorAll(".day")) old.remove();
    let last = "";
    for (const article of this.log.querySelectorAll("article")) {
      if (article.dataset.day !== last) article.before(node("p", "day", article.dataset.day));
      last = article.dataset.day;
    }
  }

  toEnd() { this.log.scrollTop = this.log.scrollHeight; }

  drawDescription() {
    this.find(".description")?.remove();
    if (this.state.started || this.chat === "group") return;
    const text = this.state.description || "ចុច «ចាប់ផ្តើម» ដើម្បីជជែកជាមួយបូត។";
    const box = node("div", "description", node("b", "", this.state.bot_name), node("p", "", text));
    box.dataset.testid = "description";
    this.log.append(box);
  }

  drawCommands() {
    const { commands } = this.state[this.chat];
    this.find(".open-commands").hidden = !commands.length;
    this.find(".commands").replaceChildren(...commands.map(({ command, description }) => {
      const item = node("button", "", description, node("small", "", `/${command}`));
      item.type = "button";
      item.setAttribute("role", "menuitem");
      item.dataset.testid = "command";
      item.addEventListener("click", () => { this.closeMenus(); this.command(`/${command}`); });
      return item;
    }));
  }

  /** What this person can do with the bot in the group, and its creator with the others. */
  drawManage() {
    const { has_bot: hasBot, is_basic: isBasic, people } = this.group;
    const { status } = people.find(({ id }) => id === this.state.id);
    const items = [];
    if (!hasBot) items.push(["បន្ថែមបូត", "Add the bot", { what: "add_bot" }]);
    else if (status !== "member") items.push(["ដកបូតចេញ", "Remove the bot", { what: "remove_bot" }]);
    if (status === "creator") {
      for (const { id, name, status: of } of people) {
        if (of === "member") items.push([`តែងតាំង ${name}`, "Make administrator", { what: "promote", user_id: id }]);
        if (of === "administrator") items.push([`ដកតំណែង ${name}`, "Make a member", { what: "demote", user_id: id }]);
      }
      if (isBasic) items.push(["ប្តូរជាក្រុមធំ", "Make it a supergroup", { what: "upgrade" }]);
    }
    this.find(".open-manage").hidden = this.chat !== "group" || !items.length;
    this.find(".manage").replaceChildren(...items.map(([khmerName, english, body]) => {
      const item = node("button", "", khmerName, node("small", "", english));
      item.type = "button";
      item.setAttribute("role", "menuitem");
      item.dataset.testid = `manage-${body.what}`;
      item.addEventListener("click", () => { this.closeMenus(); this.sendHere({ do: "group", ...body }); });
      return item;
    }));
  }

  drawKeyboard() {
    const { keyboard } = this.state[this.chat];
    const open = this.canWrite && keyboard;
    const area = this.find(".keyboard");
    this.find(".toggle-keyboard").hidden = !open || keyboard.is_persistent;
    area.hidden = !open || !(this.keyboardOpen || keyboard.is_persistent);
    this.input.placeholder = keyboard?.input_field_placeholder ?? "សរសេរសារ…";
    area.replaceChildren(...(keyboard?.keyboard ?? []).map((row) => node("div", "row", ...row.map((button) => {
      const made = node("button", "", button.text);
      made.type = "button";
      made.dataset.testid = "reply-button";
      made.addEventListener("click", () => this.sendHere({ do: "reply", text: button.text }));
      return made;
    }))));
    this.toEnd();
  }

  setKeyboard(chat, keyboard) {
    this.state[chat].keyboard = keyboard;
    if (chat !== this.chat) return;
    this.keyboardOpen = true;
    this.drawKeyboard();
  }

  async submit() {
    const text = this.input.value;
    if (!text.trim()) return;
    const body = { ...this.prepared ?? { do: "type" }, text };
    this.reset();
    if (!await this.sendHere(body)) this.write(text);
  }

  /** Let the next text be an edit or a reply. */
  prepare(name, english, body, text = this.input.value) {
    this.prepared = body;
    this.find(".what").replaceChildren(name, node("small", "", english));
    this.find(".editing").hidden = false;
    this.write(text);
    this.input.focus();
  }

  /** Empty the input; the next text is a message again. */
  reset() {
    this.prepared = null;
    this.find(".editing").hidden = true;
    this.write("");
  }

  write(text) {
    this.input.value = text;
    this.changed();
  }

  changed() {
    this.grow();
    this.inline.typed(this.input.value);
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }

  press(message, button, element) {
    if (button.callback_data) {
      element.classList.add("waiting");
      setTimeout(() => element.classList.remove("waiting"), 8000);
      this.sendHere({ do: "press", message_id: message.message_id, data: button.callback_data });
    } else if (button.url) {
      if (!this.follow(button.url)) window.open(button.url, "_blank", "noopener");
    } else if ("switch_inline_query" in button || "switch_inline_query_current_chat" in button) {
      this.write(`@${this.username} ${button.switch_inline_query_current_chat ?? button.switch_inline_query}`);
      this.input.focus();
    } else if (button.copy_text) {
      navigator.clipboard?.writeText(button.copy_text.text);
      this.toast(`បានចម្លង៖ ${button.copy_text.text}`);
    } else {
      this.toast("ប៊ូតុងនេះប្រើបានតែក្នុង Telegram ពិតប៉ុណ្ណោះ។");
    }
  }

  /** Open a link to the bot here; false for other links. */
  follow(url) {
    const payload = startPayload(url, this.username);
    if (payload === null) return false;
    this.start(payload);
    return true;
  }

  answer({ text, show_alert: alert, url }) {
    for (const button of this.root.querySelectorAll(".waiting")) button.classList.remove("waiting");
    if (url) this.follow(url);
    if (!text) return;
    if (!alert) { this.toast(text); return; }
    this.find(".alert p").textContent = text;
    this.find(".veil").hidden = false;
    this.find(".alert button").focus();
  }

  toast(text) {
    const box = this.find(".toast");
    box.textContent = text;
    box.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { box.hidden = true; }, 4000);
  }

  /** The bot does something in one of the chats, or, with "", nothing any more. */
  activity(chat, action) {
    this.acting[chat] = Boolean(action);
    clearTimeout(this.timers[chat]);
    if (action) this.timers[chat] = setTimeout(() => this.activity(chat, ""), ACTING_FOR);
    this.drawActivity();
  }

  drawActivity() {
    const acting = this.acting[this.chat];
    const { members, has_bot: hasBot } = this.group;
    const idle = this.chat === "group" ? `សមាជិក ${khmer(members)}${hasBot ? " និងបូត" : ""} · ${members} members${hasBot ? " and the bot" : ""}` : "បូត bot";
    this.find(".activity").textContent = acting ? "កំពុងសរសេរ… typing…" : idle;
    this.find(".activity").classList.toggle("now", acting);
  }

  toggle(selector) {
    const wasOpen = !this.find(selector).hidden;
    this.closeMenus();
    this.find(selector).hidden = wasOpen;
    if (!wasOpen) this.find(`${selector} button`)?.focus();
  }

  closeMenus() { for (const menu of this.root.querySelectorAll(".menu:not(.results)")) menu.hidden = true; }
}
