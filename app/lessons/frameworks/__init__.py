"""The same API in five web frameworks, each as its own community writes it in production.

Every server reads the same environment: ``PORT``, ``WEB_CONCURRENCY`` (processes), ``POOL_SIZE``
(connections of one process) and libpq's ``PGHOST``, ``PGPORT``, ``PGUSER``, ``PGPASSWORD``,
``PGDATABASE``. What each of them serves:

    GET  /constant             a constant JSON object
    GET  /products/ID          one product, as this community reads a database
    GET  /orders               the 20 newest orders with their lines, likewise
    GET  /fast/products/ID     the same product, by the fastest reasonable way: ``sql/product.sql``
    GET  /fast/orders          the same orders: ``sql/orders.sql``
    POST /deliveries           20 fields, validated and echoed; status 422 if one is wrong
"""
