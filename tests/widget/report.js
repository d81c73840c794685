/** What each test came to, a line of JSON. */
export default async function* report(/** @type {AsyncIterable<any>} */ source) {
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && data.nesting) yield `${JSON.stringify({ measured: data.message })}\n`;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = data.details?.error;
    const why = error && String(error.cause?.stack ?? error.cause ?? error.stack ?? error);
    yield `${JSON.stringify({ name: data.name, ok: type === "test:pass", why })}\n`;
  }
}
