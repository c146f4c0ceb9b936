"""The OpenAPI document describes every response."""

from typing import Any

import pytest

from app.shop import create_app
from app.shop.settings import Settings


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    return dict(create_app(Settings()).openapi()["paths"])


def schema_of(operation: dict[str, Any], status: str = "200") -> dict[str, Any]:
    schema: dict[str, Any] = operation["responses"][status]["content"]["application/json"]["schema"]
    return schema


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/orders/{order_id}", "Order"),
        ("/api/posts/{post_id}", "Post"),
        ("/api/users/{user_id}", "User"),
        ("/api/products/{product_id}", "Product"),
        ("/api/products", "ProductPage"),
        ("/api/categories/{category_id}/products", "ProductPage"),
    ],
)
def test_a_response_refers_to_its_model(paths: dict[str, Any], path: str, model: str) -> None:
    assert schema_of(paths[path]["get"]) == reference(model)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/orders", "Order"),
        ("/api/posts", "Post"),
        ("/api/users", "User"),
        ("/api/products/search", "Product"),
        ("/api/categories", "Category"),
    ],
)
def test_a_list_refers_to_the_model_of_its_items(
    paths: dict[str, Any], path: str, model: str
) -> None:
    assert schema_of(paths[path]["get"])["items"] == reference(model)


def test_a_created_comment_is_documented_with_status_201_only(paths: dict[str, Any]) -> None:
    operation = paths["/api/posts/{post_id}/comments"]["post"]
    assert schema_of(operation, "201") == reference("Comment")
    assert "200" not in operation["responses"]


def test_every_error_is_documented_as_problem_json(paths: dict[str, Any]) -> None:
    for path, operations in paths.items():
        for operation in operations.values():
            problems = {s for s in operation["responses"] if s >= "400"}
            if path.startswith("/api"):
                assert problems >= {"422", "503"}
            if path == "/healthz":
                assert not problems
            if path == "/readyz":
                assert problems == {"503"}
            if "{" in path:
                assert "404" in problems
            for status in problems:
                content = operation["responses"][status]["content"]
                assert list(content) == ["application/problem+json"]


def test_all_references_resolve() -> None:
    document = create_app(Settings()).openapi()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(child) for child in node.values()))
        if isinstance(node, list):
            return set().union(*(references(child) for child in node))
        return set()

    assert references(document) <= known
