// One message as a bubble.

import { textNodes } from "./text.js";

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Phnom_Penh" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "numeric", timeZone: "Asia/Phnom_Penh" });
const MONTHS = "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ".split(" ");
const NAMED = { photo: "រូបថត", sticker: "ស្ទីគ័រ", contact: "លេខទូរស័ព្ទ", location: "ទីតាំង", document: "ឯកសារ", voice: "សារជាសំឡេង", audio: "សំឡេង", video: "វីដេអូ", animation: "រូបមានចលនា", video_note: "សារជាវីដេអូ" };

export function node(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** A number in Khmer digits. */
export function khmer(number) {
  return String(number).replace(/\d/g, (digit) => String.fromCharCode(0x17e0 + Number(digit)));
}

/** ថ្ងៃទី១៥ ខែមករា: written here, because not every browser knows Khmer dates. */
function day(seconds) {
  const [number, month] = DATE.format(seconds * 1000).split("/").map(Number);
  return `ថ្ងៃទី${khmer(number)} ខែ${MONTHS[month - 1]}`;
}

/** The bubble; `act` has command, link, press(message, button, element), edit(message) and reply(message).
 * `reader` is the person whose phone it is; `named` says that others' names are shown. */
export function messageNode(message, act, reader, named) {
  const mine = message.from.id === reader;
  const article = node("article", mine ? "mine" : "theirs");
  article.dataset.testid = "message";
  article.dataset.from = message.from.is_bot ? "bot" : mine ? "person" : "other";
  article.dataset.id = message.message_id;
  article.dataset.day = day(message.date);
  if (message.media_group_id) article.dataset.album = message.media_group_id;
  const bubble = node("div", "bubble");
  if (named && !mine) bubble.append(author(message.from));
  if (message.via_bot) bubble.append(via(message.via_bot));
  if (message.forward_origin) bubble.append(node("small", "forwarded", "បញ្ជូនបន្ត Forwarded"));
  if (message.reply_to_message) bubble.append(quoted(message.reply_to_message));
  const media = mediaNode(message);
  if (media) bubble.append(media);
  if (message.sticker || (message.photo && !message.caption)) bubble.classList.add("bare");
  const told = serviceText(message);
  if (told) bubble.append(node("div", "text service", told));
  const text = message.text ?? message.caption;
  if (text) {
    const body = node("div", "text");
    body.dataset.testid = "text";
    body.append(textNodes(text, message.entities ?? message.caption_entities, act));
    bubble.append(body);
  }
  bubble.append(footer(message, mine, act));
  article.append(bubble);
  const rows = message.reply_markup?.inline_keyboard;
  if (rows) article.append(keyboardNode(message, rows, act));
  return article;
}

/** What a service message of a group tells. */
function serviceText({ new_chat_members: came, left_chat_member: gone, migrate_to_chat_id: to, migrate_from_chat_id: from }) {
  if (came) return `បានបន្ថែម ${came.map((user) => user.first_name).join(", ")} · added to the group`;
  if (gone) return `បានដក ${gone.first_name} ចេញ · left the group`;
  if (to || from) return "បានប្តូរជាក្រុមធំ · became a supergroup";
  return "";
}

function author(user) {
  const name = node("b", "author", user.first_name);
  name.dataset.testid = "author";
  name.dataset.tone = user.is_bot ? "bot" : user.id % 4;
  return name;
}

function via(bot) {
  const line = node("small", "via", `តាមរយៈ via @${bot.username}`);
  line.dataset.testid = "via";
  return line;
}

function footer(message, mine, act) {
  const foot = node("div", "foot");
  foot.append(tool("reply", "ឆ្លើយ", "ឆ្លើយតប Reply", () => act.reply(message)));
  if (mine && message.text && !message.via_bot) foot.append(tool("edit", "កែ", "កែសារ Edit", () => act.edit(message)));
  if (message.edit_date) {
    const mark = node("span", "", "បានកែ");
    mark.dataset.testid = "edited";
    mark.title = "edited";
    foot.append(mark);
  }
  const time = node("time", "", TIME.format(message.date * 1000));
  time.dateTime = new Date(message.date * 1000).toISOString();
  foot.append(time);
  return foot;
}

function tool(id, text, label, action) {
  const made = node("button", "tool", text);
  made.type = "button";
  made.dataset.testid = id;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", action);
  return made;
}

function quoted(message) {
  const text = message.text ?? message.caption ?? Object.keys(NAMED).map((kind) => message[kind] && NAMED[kind]).find(Boolean) ?? "…";
  return node("div", "quoted", node("b", "", message.from.first_name), node("span", "", text.slice(0, 120)));
}

function mediaNode(message) {
  if (message.photo) return opened(picture(message.photo.at(-1).file_id, "photo"));
  if (message.sticker) return picture(message.sticker.file_id, "sticker");
  if (message.location) {
    const { latitude, longitude } = message.location;
    return node("div", "card", node("span", "glyph", "⌖"), node("span", "", `ទីតាំង ${latitude.toFixed(4)}, ${longitude.toFixed(4)}`));
  }
  if (message.contact) {
    const call = node("a", "", message.contact.phone_number);
    call.href = `tel:${message.contact.phone_number}`;
    return node("div", "card", node("span", "glyph", "☎"), node("span", "lines", node("b", "", message.contact.first_name), call));
  }
  const kind = Object.keys(NAMED).find((name) => message[name]);
  if (!kind) return null;
  const file = message[kind];
  const save = node("a", "card file");
  save.href = `files/${encodeURIComponent(file.file_id)}`;
  save.download = file.file_name ?? kind;
  save.dataset.testid = "file";
  const size = file.file_size >= 1024 ? `${Math.round(file.file_size / 1024)} KB` : `${file.file_size} B`;
  save.append(
    node("span", "glyph", kind === "document" ? "↓" : "▶"),
    node("span", "lines", node("b", "", file.file_name ?? NAMED[kind]), node("small", "", `${NAMED[kind]} · ${size}`)),
  );
  return save;
}

function picture(id, kind) {
  const image = node("img", kind);
  image.src = `files/${encodeURIComponent(id)}`;
  image.alt = kind === "photo" ? "រូបថត Photo" : "ស្ទីគ័រ Sticker";
  image.dataset.testid = "photo";
  return image;
}

/** A picture that a press shows in full. */
function opened(image) {
  const link = node("a", "", image);
  link.href = image.src;
  link.target = "_blank";
  return link;
}

function keyboardNode(message, rows, act) {
  const keyboard = node("div", "inline");
  for (const row of rows) {
    const line = node("div", "row");
    for (const button of row) {
      const made = node("button", "", button.text);
      made.type = "button";
      made.dataset.testid = "inline-button";
      if (button.callback_data) made.dataset.data = button.callback_data;
      if (button.url) made.append(node("span", "corner", "↗"));
      made.addEventListener("click", () => act.press(message, button, made));
      line.append(made);
    }
    keyboard.append(line);
  }
  return keyboard;
}
