// What the bot offers while a person writes after its name: a list over the input.

import { node } from "./message.js";

const PAUSE = 300; // milliseconds without a key before the bot is asked

export class Inline {
  /** `ask(words)` asks the bot, `choose(result)` sends one of its results, `open(payload)` starts the bot. */
  constructor(area, username, { ask, choose, open }) {
    this.area = area;
    this.pattern = new RegExp(`^@${username}\\s+(.*)$`, "is");
    this.ask = ask;
    this.choose = choose;
    this.open = open;
    this.words = null; // what stands after the bot's name now; null when its name does not stand there
  }

  /** The input's text has changed. */
  typed(text) {
    const words = this.pattern.exec(text)?.[1] ?? null;
    if (words === this.words) return;
    this.words = words;
    clearTimeout(this.timer);
    if (words === null) this.hide();
    else this.timer = setTimeout(() => this.ask(words), PAUSE);
  }

  /** The bot has answered; an answer to other words than those that stand there comes too late. */
  show({ query, results, button }) {
    if (this.words === null || query !== this.words.slice(0, 256)) return;
    const items = results.map((result) => this.item("inline-result", [
      node("b", "", result.title), node("small", "", result.description ?? ""),
    ], () => this.choose(result)));
    if (button?.start_parameter) {
      items.unshift(this.item("inline-start", [node("b", "open", button.text)], () => this.open(button.start_parameter)));
    }
    this.area.replaceChildren(...(items.length ? items : [node("p", "none", "រកមិនឃើញ ", node("small", "", "Nothing found"))]));
    this.area.hidden = false;
    this.area.scrollTop = 0;
  }

  item(id, children, action) {
    const made = node("button", "", ...children);
    made.type = "button";
    made.dataset.testid = id;
    made.setAttribute("role", "menuitem");
    made.addEventListener("click", action);
    return made;
  }

  hide() {
    this.area.hidden = true;
    this.area.replaceChildren();
  }
}
