// The menu behind the paperclip: a file of this computer, or a sample of each kind.

import { node } from "./message.js";

const SAMPLES = [
  ["photo", "រូបថតគំរូ", "Sample photo"], ["album", "អាល់ប៊ុមគំរូ", "Sample album"], ["sticker", "ស្ទីគ័រគំរូ", "Sample sticker"],
  ["voice", "សារជាសំឡេងគំរូ", "Sample voice"], ["video", "វីដេអូគំរូ", "Sample video"], ["audio", "សំឡេងគំរូ", "Sample audio"],
  ["document", "ឯកសារគំរូ", "Sample document"], ["location", "ទីតាំង", "Location"],
  ["contact", "លេខទូរស័ព្ទរបស់ខ្ញុំ", "My contact"],
];
const DEEDS = { contact: { do: "contact" }, album: { do: "album", kinds: ["photo", "photo", "video"] } };
const LARGEST = 20 * 1024 * 1024; // what the bot may download
const PICTURES = new Set(["image/png", "image/jpeg"]);

/** Fill the menu; `send(body)` does what is chosen, `say(text)` tells why it cannot be done. */
export function attachments(menu, input, send, say) {
  const add = (id, name, english, action) => {
    const item = node("button", "", name, node("small", "", english));
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.dataset.testid = `attach-${id}`;
    item.addEventListener("click", () => { menu.hidden = true; action(); });
    menu.append(item);
  };
  add("file", "ឯកសារពីម៉ាស៊ីននេះ…", "File from this computer…", () => input.click());
  for (const [kind, name, english] of SAMPLES) {
    add(kind, name, english, () => send(DEEDS[kind] ?? { do: "send", kind }));
  }
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    if (file.size > LARGEST) say("ឯកសារធំពេក · The file is larger than 20 MB");
    else if (!file.size) say("ឯកសារទទេ · The file is empty");
    else await send({ do: "upload", ...await described(file) });
    input.value = ""; // so that the same file can be chosen again
  });
}

async function described(file) {
  const mime = file.type || "application/octet-stream";
  return { name: file.name, mime, kind: PICTURES.has(mime) ? "photo" : "document", content: await base64(file) };
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
