SELECT row_to_json(item)::text FROM (
    SELECT id, sku, name, description, price::text AS price, category_id
    FROM products WHERE id = $1
) AS item
