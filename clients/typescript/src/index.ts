// Budstikke's APIs. Types are made from the OpenAPI documents (notify.ts, exchange.ts); calls go through
// openapi-fetch, which knows from them what every path takes and gives. What is here besides: signing in, and
// bodies that stream.

import createClient, { type Client } from "openapi-fetch";
import type { paths as ExchangePaths } from "./exchange.js";
import type { components, paths as NotifyPaths } from "./notify.js";

export type { ExchangePaths, NotifyPaths };
export type FeedEntry = components["schemas"]["FeedEntry"];

/** An answer that is no success; `body` is what the server said. */
export class Problem extends Error {
  constructor(readonly status: number, readonly body: unknown) {
    super(`status ${status}: ${JSON.stringify(body)}`);
  }
}

/** SMS and e-mail, opened by a token. */
export function notify(url: string, token: string): Client<NotifyPaths> {
  return createClient<NotifyPaths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
}

/** Messages between organizations, opened by a user and a password. */
export function exchange(url: string, user: string, password: string): Client<ExchangePaths> {
  return createClient<ExchangePaths>({ baseUrl: url, headers: { Authorization: basic(user, password) } });
}

function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** What an answer holds, or a `Problem`. */
export function good<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok) throw new Problem(answer.response.status, answer.error);
  return answer.data as T;
}

/** Entries of the feed as they come, until the server ends the stream; go on with the last number then. */
export async function* followFeed(api: Client<NotifyPaths>, seq = 0): AsyncGenerator<FeedEntry> {
  const { response } = await api.GET("/notifications/api/v1/future/shipment/feed", {
    params: { query: { seq, follow: true } },
    headers: { Accept: "application/x-ndjson" },
    parseAs: "stream",
  });
  if (!response.ok || !response.body) throw new Problem(response.status, null);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as FeedEntry;
  }
}

/** Adds a file of any size to a draft, piece by piece. */
export async function attachFile(
  api: Client<ExchangePaths>,
  id: string,
  file: { name: string; title?: string; mediaType: string; content: ReadableStream<Uint8Array> | Blob | Uint8Array },
): Promise<void> {
  const quoted = (text: string) => `"${text.replaceAll('"', "%22")}"`;
  const named = `attachment; name=${quoted(file.title ?? file.name)}; filename=${quoted(file.name)}`;
  const answer = await api.PUT("/api/messages/out/{id}", {
    params: { path: { id }, header: { "Content-Disposition": named } },
    headers: { "Content-Type": file.mediaType },
    body: file.content as unknown as string,
    bodySerializer: (body: unknown) => body as unknown as BodyInit,
    duplex: "half",
  } as never);
  good(answer as { response: Response });
}

/** The files of a locked message as one ASiC-E container, piece by piece; null where it has none. */
export async function popMessage(api: Client<ExchangePaths>, id: string): Promise<ReadableStream<Uint8Array> | null> {
  const answer = await api.GET("/api/messages/in/pop/{id}", { params: { path: { id } }, parseAs: "stream" });
  if (!answer.response.ok) throw new Problem(answer.response.status, answer.error);
  return answer.response.status === 204 ? null : (answer.data as unknown as ReadableStream<Uint8Array>);
}
