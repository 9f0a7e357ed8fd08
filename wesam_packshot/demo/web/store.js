// Photos and their steps in the browser's own database, so that they survive a reload. Without one they do not.

const NAME = "wesam-packshot-demo", TABLE = "photos";

let opening;
function database() {
  opening ??= new Promise((resolve) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opening;
}

async function within(mode, work) {
  const base = await database().catch(() => null);
  if (!base) return null;
  return new Promise((resolve) => {
    const request = work(base.transaction(TABLE, mode).objectStore(TABLE));
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => { event.preventDefault(); resolve(null); }; // such as a full disk: the page goes on
  });
}

export const keep = ({ key, name, file, steps, redo }) =>
  within("readwrite", (table) => table.put({ key, name, file, steps, redo }));
export const drop = (key) => within("readwrite", (table) => table.delete(key));
export const kept = async () => (await within("readonly", (table) => table.getAll())) ?? [];
