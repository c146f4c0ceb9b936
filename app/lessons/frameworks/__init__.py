"""The same API in five web frameworks, each used in production as its own community uses it.

Every server reads the same environment variables: ``PORT``, ``WEB_CONCURRENCY`` (processes),
``POOL_SIZE`` (connections per process) and libpq's ``PGHOST``, ``PGPORT``, ``PGUSER``,
``PGPASSWORD``, ``PGDATABASE``. Each of them serves:

    GET  /constant             a constant JSON object
    GET  /products/ID          one product, as this community usually reads a database
    GET  /orders               the 20 newest orders with their lines, read likewise
    GET  /fast/products/ID     the same product, the fastest reasonable way: ``sql/product.sql``
    GET  /fast/orders          the same orders: ``sql/orders.sql``
    POST /deliveries           20 fields, validated and echoed; status 422 if one is wrong
"""
