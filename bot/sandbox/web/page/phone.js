// One phone: a person's chat with the bot.

import { messageNode, node } from "./message.js";
import { startPayload } from "./text.js";

const ATTACHMENTS = [
  ["photo", "រូបថត", "Photo"], ["sticker", "ស្ទីគ័រ", "Sticker"], ["voice", "សារជាសំឡេង", "Voice"],
  ["video", "វីដេអូ", "Video"], ["document", "ឯកសារ", "Document"], ["location", "ទីតាំង", "Location"],
  ["contact", "លេខទូរស័ព្ទរបស់ខ្ញុំ", "My contact"],
];

export class Phone {
  constructor(state, username, send) {
    this.username = username;
    this.send = (body) => send({ person: state.id, ...body });
    this.shown = new Map(); // message_id -> {json, element}
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
    this.update(state);
  }

  find(selector) { return this.root.querySelector(selector); }

  wire() {
    this.find("form").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === "Escape") { this.closeMenus(); this.edit(null); }
    });
    this.input.addEventListener("input", () => this.grow());
    this.find(".start").addEventListener("click", () => this.send({ do: "start", payload: this.payload }));
    this.find(".unblock").addEventListener("click", () => this.send({ do: "unblock" }));
    this.find(".block").addEventListener("click", () => this.send({ do: "block" }));
    this.find(".cancel").addEventListener("click", () => this.edit(null));
    this.find(".open-commands").addEventListener("click", () => this.toggle(".commands"));
    this.find(".open-attach").addEventListener("click", () => this.toggle(".attach"));
    this.find(".toggle-keyboard").addEventListener("click", () => { this.keyboardOpen = !this.keyboardOpen; this.drawKeyboard(); });
    this.find(".alert button").addEventListener("click", () => { this.find(".veil").hidden = true; this.input.focus(); });
    for (const button of this.root.querySelectorAll("[data-language]")) {
      button.addEventListener("click", () => this.send({ do: "speak", language: button.dataset.language }));
    }
    for (const [kind, name, english] of ATTACHMENTS) {
      const item = node("button", "", name, node("small", "", english));
      item.type = "button";
      item.setAttribute("role", "menuitem");
      item.dataset.testid = `attach-${kind}`;
      item.addEventListener("click", () => {
        this.closeMenus();
        this.send(kind === "contact" ? { do: "contact" } : { do: "send", kind });
      });
      this.find(".attach").append(item);
    }
    this.act = {
      command: (text) => this.send({ do: "type", text }),
      link: (url) => this.follow(url),
      press: (message, button, element) => this.press(message, button, element),
      edit: (message) => this.edit(message),
    };
  }

  /** Draw the whole state; what has not changed stays as it is. */
  update(state) {
    this.state = state;
    this.find(".bot-name").textContent = state.bot_name;
    const open = state.started && !state.blocked;
    this.find("form").hidden = !open;
    this.find(".start").hidden = state.started || state.blocked;
    this.find(".unblock").hidden = !state.blocked;
    this.find(".block").hidden = !open;
    for (const button of this.root.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === state.language));
    }
    const wanted = new Set(state.messages.map((message) => message.message_id));
    for (const id of [...this.shown.keys()]) if (!wanted.has(id)) this.remove(id);
    for (const message of state.messages) this.put(message);
    this.drawDescription();
    this.drawCommands();
    this.drawKeyboard();
  }

  /** Add a message, or draw a changed one anew. */
  put(message) {
    const json = JSON.stringify(message);
    const before = this.shown.get(message.message_id);
    if (before?.json === json) return false;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    const element = messageNode(message, this.act);
    if (before) before.element.replaceWith(element);
    else this.insert(message.message_id, element);
    this.shown.set(message.message_id, { json, element });
    if (message.from.is_bot) this.activity("");
    if (atEnd || !message.from.is_bot) this.toEnd();
    for (const image of element.querySelectorAll("img")) image.addEventListener("load", () => atEnd && this.toEnd());
    return !before;
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
    if (this.state.started) return;
    const text = this.state.description || "ចុច «ចាប់ផ្តើម» ដើម្បីជជែកជាមួយបូត។";
    const box = node("div", "description", node("b", "", this.state.bot_name), node("p", "", text));
    box.dataset.testid = "description";
    this.log.append(box);
  }

  drawCommands() {
    const { commands } = this.state;
    this.find(".open-commands").hidden = !commands.length;
    this.find(".commands").replaceChildren(...commands.map(({ command, description }) => {
      const item = node("button", "", description, node("small", "", `/${command}`));
      item.type = "button";
      item.setAttribute("role", "menuitem");
      item.dataset.testid = "command";
      item.addEventListener("click", () => { this.closeMenus(); this.send({ do: "type", text: `/${command}` }); });
      return item;
    }));
  }

  drawKeyboard() {
    const { keyboard } = this.state;
    const open = this.state.started && !this.state.blocked && keyboard;
    const area = this.find(".keyboard");
    this.find(".toggle-keyboard").hidden = !open || keyboard.is_persistent;
    area.hidden = !open || !(this.keyboardOpen || keyboard.is_persistent);
    this.input.placeholder = keyboard?.input_field_placeholder ?? "សរសេរសារ…";
    area.replaceChildren(...(keyboard?.keyboard ?? []).map((row) => node("div", "row", ...row.map((button) => {
      const made = node("button", "", button.text);
      made.type = "button";
      made.dataset.testid = "reply-button";
      made.addEventListener("click", () => this.send({ do: "reply", text: button.text }));
      return made;
    }))));
    this.toEnd();
  }

  setKeyboard(keyboard) {
    this.state.keyboard = keyboard;
    this.keyboardOpen = true;
    this.drawKeyboard();
  }

  async submit() {
    const text = this.input.value;
    if (!text.trim()) return;
    const body = this.editing ? { do: "edit", message_id: this.editing, text } : { do: "type", text };
    this.edit(null);
    if (!await this.send(body)) { this.input.value = text; this.grow(); }
  }

  edit(message) {
    this.editing = message?.message_id ?? null;
    this.find(".editing").hidden = !message;
    this.input.value = message?.text ?? "";
    this.grow();
    if (message) this.input.focus();
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }

  press(message, button, element) {
    if (button.callback_data) {
      element.classList.add("waiting");
      setTimeout(() => element.classList.remove("waiting"), 8000);
      this.send({ do: "press", message_id: message.message_id, data: button.callback_data });
    } else if (button.url) {
      if (!this.follow(button.url)) window.open(button.url, "_blank", "noopener");
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
    this.send({ do: "start", payload });
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

  activity(action) {
    this.find(".activity").textContent = action ? "កំពុងសរសេរ…" : "បូត bot";
    clearTimeout(this.activityTimer);
    if (action) this.activityTimer = setTimeout(() => this.activity(""), 5000);
  }

  toggle(selector) {
    const wasOpen = !this.find(selector).hidden;
    this.closeMenus();
    this.find(selector).hidden = wasOpen;
    if (!wasOpen) this.find(`${selector} button`)?.focus();
  }

  closeMenus() { for (const menu of this.root.querySelectorAll(".menu")) menu.hidden = true; }
}
