import express from "express";
import { nodeHandler, Receiver } from "../src/receiver.js";
import { Verifier } from "../src/webhooks.js";

export const app = express();
// Snippet begins.
const receiver = new Receiver(new Verifier([process.env["SIGNING_SECRET"] ?? ""]), async (notification) => {
  console.log(notification.topic, notification.entityId); // when it throws, the notification is sent again
});
app.post("/tidings", nodeHandler(receiver)); // before express.json(): it needs the bytes
// Snippet ends.
