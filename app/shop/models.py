"""The shop's tables. This module defines the schema: the DDL is generated from it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy declares it so)
        str: Text,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(10, 2),
        list[str]: ARRAY(Text),
    }


class Account(Base):
    """A customer, author or administrator. Most are customers from the data set."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    country: Mapped[str]
    password_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    # Lazy loading is disabled: a missing eager load raises instead of running a query per row.
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id", lazy="raise"
    )
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="author", order_by="Comment.id", lazy="raise"
    )
    orders: Mapped[list["Order"]] = relationship(
        back_populates="account", order_by="Order.id", lazy="raise"
    )


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)

    products: Mapped[list["Product"]] = relationship(back_populates="category", lazy="raise")


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        Index(None, "category_id", "id"),
        Index(None, "search", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    price: Mapped[Decimal]
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # 'simple' does not stem words, so that a word can be found by its prefix.
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple', name || ' ' || description)", persisted=True),
        deferred=True,
    )

    category: Mapped[Category] = relationship(back_populates="products", lazy="raise")


class Order(Base):
    """One invoice. A guest's order has no account; a cancellation is an order of its own."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("status IN ('completed', 'cancelled')", name="status"),
        Index(None, "account_id", "id"),
        Index(None, "placed_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    country: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship(back_populates="orders", lazy="raise")
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.id", lazy="raise"
    )


class OrderLine(Base):
    """One product on one order. The quantity of a return is negative."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("unit_price >= 0", name="unit_price"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]

    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")


class Post(Base):
    """A review of a product."""

    __tablename__ = "posts"
    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    title: Mapped[str]
    body: Mapped[str]
    rating: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    author: Mapped[Account] = relationship(back_populates="posts", lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="post", order_by="Comment.id", lazy="raise"
    )


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    post: Mapped[Post] = relationship(back_populates="comments", lazy="raise")
    author: Mapped[Account] = relationship(back_populates="comments", lazy="raise")
