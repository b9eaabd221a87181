// Sends a one-time code and reads what became of it, then sends a message with a large file and receives it.
//
// API_URL, API_TOKEN, API_USER and API_PASSWORD say where and as whom; .ci/with-server gives all four.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { attachFile, exchange, followFeed, good, notify, popMessage } from "./src/index.js";

const { API_URL = "", API_TOKEN = "", API_USER = "", API_PASSWORD = "" } = process.env;
const OURS = "0192:310000001";
const LARGE = 24 * 1024 * 1024;

async function sendACode(): Promise<void> {
  const api = notify(API_URL, API_TOKEN);
  const body = {
    idempotencyId: `code-${randomUUID()}`,
    recipientSms: {
      phoneNumber: "+4799999999",
      timeToLiveInSeconds: 300,
      smsSettings: { sender: "Fjord", body: "Koden er 402117." },
    },
  };
  const receipt = good(await api.POST("/notifications/api/v1/future/orders/instant/sms", { body }));
  const shipment = receipt.notification.shipmentId;
  console.log("sent", shipment);
  for await (const entry of followFeed(api)) {
    if (entry.shipmentId === shipment) {
      console.log("ended as", entry.recipients[0]?.status);
      return;
    }
  }
  throw new Error("the code never came to an end");
}

async function sendAndReceive(): Promise<void> {
  const api = exchange(API_URL, API_USER, API_PASSWORD);
  const id = randomUUID();
  const party = { identifier: { value: OURS, authority: "iso6523-actorid-upis" as const } };
  const body = {
    standardBusinessDocumentHeader: {
      headerVersion: "1.0",
      sender: [party],
      receiver: [party],
      documentIdentification: {
        standard: "urn:no:difi:avtalt:xsd::avtalt",
        typeVersion: "1.0",
        type: "avtalt",
        instanceIdentifier: id,
      },
      businessScope: {
        scope: [{ type: "ConversationId" as const, identifier: "urn:no:difi:profile:avtalt:avtalt:ver1.0" }],
      },
    },
    avtalt: { identifier: "sak-17", content: { sak: 17 } },
  };
  good(await api.POST("/api/messages/out", { body }));
  const content = new Blob([new Uint8Array(LARGE).fill(7)]).stream();
  await attachFile(api, id, { name: "plan.bin", title: "Plan", mediaType: "application/octet-stream", content });
  good(await api.POST("/api/messages/out/{id}", { params: { path: { id } } }));

  for (let tries = 0; tries < 300; tries += 1) {
    if (good(await api.GET("/api/messages/in/peek", { params: { query: { messageId: id } } }))) {
      let bytes = 0;
      const container = await popMessage(api, id);
      if (container) for await (const piece of container as unknown as AsyncIterable<Uint8Array>) bytes += piece.length;
      good(await api.DELETE("/api/messages/in/{id}", { params: { path: { id } } }));
      const story = good(await api.GET("/api/conversations/messageId/{id}", { params: { path: { id } } }));
      console.log("received", id, bytes, "bytes", story.messageStatuses.map((one) => one.status));
      return;
    }
    await sleep(200);
  }
  throw new Error("the message never came in");
}

await sendACode();
await sendAndReceive();
process.exit(0);
