import { type Client } from "openapi-fetch";
import type { paths as ExchangePaths } from "./exchange.js";
import type { components, paths as NotifyPaths } from "./notify.js";
export type { ExchangePaths, NotifyPaths };
export type FeedEntry = components["schemas"]["FeedEntry"];
/** An answer that is no success; `body` is what the server said. */
export declare class Problem extends Error {
    readonly status: number;
    readonly body: unknown;
    constructor(status: number, body: unknown);
}
/** SMS and e-mail, opened by a token. */
export declare function notify(url: string, token: string): Client<NotifyPaths>;
/** Messages between organizations, opened by a user and a password. */
export declare function exchange(url: string, user: string, password: string): Client<ExchangePaths>;
/** What an answer holds, or a `Problem`. */
export declare function good<T>(answer: {
    data?: T;
    error?: unknown;
    response: Response;
}): T;
/** Entries of the feed as they come, until the server ends the stream; go on with the last number then. */
export declare function followFeed(api: Client<NotifyPaths>, seq?: number): AsyncGenerator<FeedEntry>;
/** Adds a file of any size to a draft, piece by piece. */
export declare function attachFile(api: Client<ExchangePaths>, id: string, file: {
    name: string;
    title?: string;
    mediaType: string;
    content: ReadableStream<Uint8Array> | Blob | Uint8Array;
}): Promise<void>;
/** The files of a locked message as one ASiC-E container, piece by piece; null where it has none. */
export declare function popMessage(api: Client<ExchangePaths>, id: string): Promise<ReadableStream<Uint8Array> | null>;
