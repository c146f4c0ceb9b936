// Node's own cluster module, one worker per core, as Express's page on performance recommends; one
// process needs no cluster. Whoever starts the server sets NODE_ENV=production.

import cluster from "node:cluster";

import { listen } from "./app.js";

const workers = Number(process.env.WEB_CONCURRENCY);

if (workers > 1 && cluster.isPrimary) {
  for (let started = 0; started < workers; started += 1) cluster.fork();
} else {
  listen(Number(process.env.PORT));
}
