/** Talk with the server: one request a turn, one reply a line. */

/** @typedef {{title: string, payload: string}} Choice */
/** @typedef {{text: string, buttons: Choice[], card?: string, [field: string]: any}} Reply */
/** @typedef {Reply & {from: "you" | "assistant"}} Past */
/** @typedef {({text: string} | {payload: string}) & {region?: string}} Message */

/** A turn that did not work; the message is for the person. */
export class Problem extends Error {}

/** A little longer than the server gives a turn. */
const SILENT_AT_MOST = 30_000;
const UNREACHED = "The assistant cannot be reached. Please check your connection.";
const BROKEN = "The answer broke off before it was complete.";
const FAILED = "Something went wrong on the server.";

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function ask(path, init) {
  const response = await fetch(path, { cache: "no-store", ...init }).catch(() => {
    throw new Problem(UNREACHED);
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new Problem(typeof told?.error === "string" ? told.error : FAILED);
}

/** @param {unknown} body @returns {RequestInit} */
const post = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/**
 * Send a message; yield the replies as they come.
 * @param {Message} message @returns {AsyncGenerator<Reply>}
 */
export async function* say(message) {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), SILENT_AT_MOST);
  try {
    const response = await ask("message", { ...post(message), signal: stop.signal });
    for await (const line of lines(response)) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENT_AT_MOST);
      if (line.error) throw new Problem(line.error);
      yield line;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response @returns {AsyncGenerator<any>} */
async function* lines(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  for (let rest = "", done = false; !done; ) {
    const chunk = await reader.read().catch(() => {
      throw new Problem(BROKEN);
    });
    done = chunk.done;
    rest += decoder.decode(chunk.value, { stream: !done });
    const whole = rest.split("\n");
    rest = done ? "" : (whole.pop() ?? "");
    for (const line of whole) if (line.trim()) yield read(line);
  }
}

/** @param {string} line */
function read(line) {
  try {
    return JSON.parse(line);
  } catch {
    throw new Problem(BROKEN);
  }
}

/** @typedef {{messages: Past[], region: string, emergency_numbers: Record<string, string>, kept_days: number}} Stored */

/** @returns {Promise<Stored>} */
export const history = async () => (await ask("history")).json();

/** @returns {Promise<{text: string}>} */
export const forget = async () => (await ask("forget", post({}))).json();
