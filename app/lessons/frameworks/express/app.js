// Express 5 without a view engine, without `X-Powered-By`, and without ETags, which none of the other
// four computes. zod validates: it is the validator most used with Express today.

import express from "express";

import { fetchOrders, fetchOrdersFast, fetchProduct, fetchProductFast } from "./database.js";
import { Delivery, ProductId } from "./input.js";

export function listen(port) {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  addRoutes(app);
  app.listen(port, "127.0.0.1");
}

function addRoutes(app) {
  app.get("/constant", (request, response) => {
    response.json({ message: "Hello, World!" });
  });

  app.get("/products/:id", async (request, response) => {
    const id = ProductId.safeParse(request.params.id);
    const product = id.success ? await fetchProduct(id.data) : undefined;
    if (product === undefined) return response.sendStatus(404);
    response.json(product);
  });

  app.get("/orders", async (request, response) => {
    response.json(await fetchOrders());
  });

  app.get("/fast/products/:id", async (request, response) => {
    const id = ProductId.safeParse(request.params.id);
    const body = id.success ? await fetchProductFast(id.data) : undefined;
    if (body === undefined) return response.sendStatus(404);
    response.type("json").send(body);
  });

  app.get("/fast/orders", async (request, response) => {
    response.type("json").send(await fetchOrdersFast());
  });

  app.post("/deliveries", express.json(), (request, response) => {
    const delivery = Delivery.safeParse(request.body);
    if (!delivery.success) return response.status(422).json(delivery.error.issues);
    response.json(delivery.data);
  });
}
