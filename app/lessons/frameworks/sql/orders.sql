SELECT (SELECT coalesce(json_agg(item ORDER BY item.id DESC), '[]') FROM (
    SELECT id, number, account_id, country, status,
           replace(
               to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z'
           ) AS placed_at,
           (SELECT coalesce(json_agg(item ORDER BY item.id), '[]') FROM (
               SELECT line.id, line.quantity, line.unit_price::text AS unit_price,
                      (SELECT shown FROM (
                          SELECT product.id, product.sku, product.name
                      ) AS shown) AS product
               FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
               WHERE line.order_id = orders.id
           ) AS item) AS lines
    FROM orders
    WHERE id < $1::bigint ORDER BY id DESC LIMIT $2
) AS item)::text
