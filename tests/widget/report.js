/** What each test came to, a line of JSON. */
const COUNTS = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

export default async function* report(/** @type {AsyncIterable<any>} */ source) {
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && !COUNTS.test(data.message)) yield `${JSON.stringify({ measured: data.message })}\n`;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = data.details?.error;
    const why = error && String(error.cause?.stack ?? error.cause ?? error.stack ?? error);
    yield `${JSON.stringify({ name: data.name, ok: type === "test:pass", skipped: data.skip, why })}\n`;
  }
}
