// Photos on their way into the page: out of a drop, a choice or the clipboard.

import { send } from "./api.js";
import { decoded } from "./pictures.js";

export function made(file, number) {
  const name = file.name || "pasted.png";
  return { key: `${Date.now()}-${number}-${Math.random()}`, name, file, steps: [], redo: [], state: "waiting" };
}

// The photo as the browser shows it; formats that it cannot read come from the server.
export async function picture(item, limit) {
  item.picture ??= createImageBitmap(item.file, { imageOrientation: "from-image" }).catch(async () => {
    if (!item.id) await send(item, limit);
    return decoded(`/api/preview/${item.id}`);
  });
  try {
    return await item.picture;
  } catch (error) {
    item.picture = null;
    throw error;
  }
}

// Files of a drop, also those inside folders.
export async function dropped(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...data.files];
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found.filter((file) => /^image\//.test(file.type) || /\.tiff?$/i.test(file.name));
}

async function walk(entry, found) {
  if (entry.isFile) {
    found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    return;
  }
  const reader = entry.createReader();
  for (;;) { // a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await walk(one, found);
  }
}

// A shipped photo's name in words: p_mug_1.jpg is "mug".
export const words = (name) => name.replace(/^[a-z]_|_\d+\.[a-z]+$/g, "").replace(/_/g, " ");

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
