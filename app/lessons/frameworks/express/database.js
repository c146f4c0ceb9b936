// pg and its pool, which never closes idle connections; pg reads libpq's variables. No ORM: plain SQL
// with pg is just as common in Express. Usual: two statements, rows combined in JavaScript.
// Fastest: one prepared statement in which PostgreSQL builds the JSON.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import pg from "pg";

const NEWEST = 2 ** 31; // greater than every id

const pool = new pg.Pool({ max: Number(process.env.POOL_SIZE), idleTimeoutMillis: 0 });

const readSql = (name) => readFileSync(join(process.env.SQL_FOLDER, name), "utf8");
const PRODUCT = { name: "product", text: readSql("product.sql"), rowMode: "array" };
const ORDERS = { name: "orders", text: readSql("orders.sql"), rowMode: "array" };

export async function fetchProduct(id) {
  const { rows } = await pool.query(
    "SELECT id, sku, name, description, price, category_id FROM products WHERE id = $1",
    [id],
  );
  return rows[0];
}

export async function fetchOrders() {
  const { rows: orders } = await pool.query(
    `SELECT id, number, account_id, country, status, placed_at
     FROM orders ORDER BY id DESC LIMIT 20`,
  );
  const { rows: lines } = await pool.query(
    `SELECT line.id, line.order_id, line.quantity, line.unit_price,
            line.product_id, product.sku, product.name
     FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
     WHERE line.order_id = ANY($1) ORDER BY line.id`,
    [orders.map((order) => order.id)],
  );
  const shown = new Map(orders.map((order) => [order.id, showOrder(order)]));
  for (const line of lines) shown.get(line.order_id).lines.push(showLine(line));
  return [...shown.values()];
}

function showOrder({ placed_at, ...order }) {
  return { ...order, placed_at: placed_at.toISOString().replace(".000Z", "Z"), lines: [] };
}

function showLine({ id, quantity, unit_price, product_id, sku, name }) {
  return { id, quantity, unit_price, product: { id: product_id, sku, name } };
}

export async function fetchProductFast(id) {
  const { rows } = await pool.query({ ...PRODUCT, values: [id] });
  return rows[0]?.[0];
}

export async function fetchOrdersFast() {
  const { rows } = await pool.query({ ...ORDERS, values: [NEWEST, 20] });
  return rows[0][0];
}
