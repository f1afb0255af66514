// Receives webhooks: SIGNING_SECRET=whsec_… PORT=8000 node dist/example/receive.js
import { app } from "./receiver.js";

app.listen(Number(process.env["PORT"] ?? "8000"), "127.0.0.1");
