// Budstikke's APIs. Types are made from the OpenAPI documents (notify.ts, exchange.ts); calls go through
// openapi-fetch, which knows from them what every path takes and gives. What is here besides: signing in, and
// bodies that stream.
import createClient from "openapi-fetch";
/** An answer that is no success; `body` is what the server said. */
export class Problem extends Error {
    status;
    body;
    constructor(status, body) {
        super(`status ${status}: ${JSON.stringify(body)}`);
        this.status = status;
        this.body = body;
    }
}
/** SMS and e-mail, opened by a token. */
export function notify(url, token) {
    return createClient({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
}
/** Messages between organizations, opened by a user and a password. */
export function exchange(url, user, password) {
    return createClient({ baseUrl: url, headers: { Authorization: basic(user, password) } });
}
function basic(user, password) {
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
/** What an answer holds, or a `Problem`. */
export function good(answer) {
    if (!answer.response.ok)
        throw new Problem(answer.response.status, answer.error);
    return answer.data;
}
/** Entries of the feed as they come, until the server ends the stream; go on with the last number then. */
export async function* followFeed(api, seq = 0) {
    const { response } = await api.GET("/notifications/api/v1/future/shipment/feed", {
        params: { query: { seq, follow: true } },
        headers: { Accept: "application/x-ndjson" },
        parseAs: "stream",
    });
    if (!response.ok || !response.body)
        throw new Problem(response.status, null);
    const decoder = new TextDecoder();
    let rest = "";
    for await (const piece of response.body) {
        const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines)
            if (line.trim())
                yield JSON.parse(line);
    }
}
/** Adds a file of any size to a draft, piece by piece. */
export async function attachFile(api, id, file) {
    const quoted = (text) => `"${text.replaceAll('"', "%22")}"`;
    const named = `attachment; name=${quoted(file.title ?? file.name)}; filename=${quoted(file.name)}`;
    const answer = await api.PUT("/api/messages/out/{id}", {
        params: { path: { id }, header: { "Content-Disposition": named } },
        headers: { "Content-Type": file.mediaType },
        body: file.content,
        bodySerializer: (body) => body,
        duplex: "half",
    });
    good(answer);
}
/** The files of a locked message as one ASiC-E container, piece by piece; null where it has none. */
export async function popMessage(api, id) {
    const answer = await api.GET("/api/messages/in/pop/{id}", { params: { path: { id } }, parseAs: "stream" });
    if (!answer.response.ok)
        throw new Problem(answer.response.status, answer.error);
    return answer.response.status === 204 ? null : answer.data;
}
