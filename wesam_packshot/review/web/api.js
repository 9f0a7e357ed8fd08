// Requests to the server; each page has a name of its own, so that no two have the same photo.

import { decoded } from "./pictures.js";

const bytes = crypto.getRandomValues(new Uint8Array(12));
export const holder = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Refused extends Error {}

export async function ask(action, body = {}) {
  let answer;
  try {
    answer = await fetch(`/api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ holder, ...body }),
    });
  } catch {
    throw new Refused("The server does not answer. Is it still running? Nothing that you decided is lost.");
  }
  if (!answer.ok) throw new Refused((await answer.text()) || `The server answered with ${answer.status}; its terminal says why.`);
  const told = await answer.json();
  if (told.error) throw new Refused(told.error);
  return told;
}

export async function about() {
  return (await fetch("/api/about")).json();
}

// The version is in the address, so that a browser keeps each picture until it changes.
export function pictureUrl(kind, id, version) {
  return `/api/picture/${kind}?${new URLSearchParams({ id, v: version })}`;
}

export function picture(kind, id, version) {
  return decoded(pictureUrl(kind, id, version));
}

// A page that is closed gives its photo back at once.
addEventListener("pagehide", () => navigator.sendBeacon("/api/release", JSON.stringify({ holder })));
