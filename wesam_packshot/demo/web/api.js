// Requests to the server, which may have forgotten a photo: it is then sent again.

// What the server says is wrong with what was asked; other errors say nothing of it.
export class Refused extends Error {}

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer. Is it still running? Your photos and clicks are kept in this page.");
  }
  if (!answer.ok) throw new Error((await answer.text()) || `The server answered with ${answer.status}; its terminal says why.`);
  return answer;
}

async function told(answer) {
  const found = await answer.json();
  if (found.error) throw new Refused(found.error);
  return found;
}

export async function about() {
  return told(await request("/api/about"));
}

// Sends a photo's file; it then has an id and its size in pixels.
export async function send(item, limit) {
  if (item.file.size > limit) throw new Refused(`${item.name}: larger than ${limit / 1e6} MB; take a smaller file`);
  const path = `/api/photo?${new URLSearchParams({ name: item.name })}`;
  Object.assign(item, await told(await request(path, { method: "POST", body: item.file })));
}

async function asked(path, item, wanted, limit) {
  if (!item.id) await send(item, limit);
  for (const last of [false, true]) {
    const body = JSON.stringify({ id: item.id, ...wanted });
    const answer = await request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.headers.get("content-type").startsWith("application/json")) return answer;
    const found = await told(answer);
    if (!found.forgotten) return found;
    if (!last) await send(item, limit);
  }
  throw new Error(`${item.name}: the server is short of memory; try again`);
}

export const cut = (item, wanted, limit) => asked("/api/cut", item, wanted, limit);

export async function file(item, wanted, limit) {
  return (await asked("/api/download", item, wanted, limit)).blob();
}

export async function example(name) {
  return new File([await (await request(`/api/example/${name}`)).blob()], name, { type: "image/jpeg" });
}
