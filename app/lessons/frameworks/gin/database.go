// pgx and its pool, which prepares each statement once per connection and reads libpq's variables. No
// ORM: plain SQL is the usual way to use pgx. Usual: two statements, rows scanned into structs.
// Fastest: one statement in which PostgreSQL builds the JSON.
package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v4/pgxpool"
)

const newest = int64(1) << 31 // greater than every id

type Database struct {
	pool                     *pgxpool.Pool
	oneProduct, newestOrders string
}

func openDatabase() (*Database, error) {
	config, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(os.Getenv("POOL_SIZE"))
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(size)
	config.LazyConnect = true
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	return &Database{pool, readSQL("product.sql"), readSQL("orders.sql")}, nil
}

func readSQL(name string) string {
	text, err := os.ReadFile(filepath.Join(os.Getenv("SQL_FOLDER"), name))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (database *Database) product(ctx context.Context, id int32) (product Product, err error) {
	err = database.pool.QueryRow(ctx,
		`SELECT id, sku, name, description, price::text, category_id FROM products WHERE id = $1`,
		id,
	).Scan(
		&product.ID, &product.SKU, &product.Name, &product.Description, &product.Price,
		&product.CategoryID,
	)
	return product, err
}

func (database *Database) orders(ctx context.Context) ([]*Order, error) {
	rows, err := database.pool.Query(ctx,
		`SELECT id, number, account_id, country, status, placed_at
		 FROM orders ORDER BY id DESC LIMIT 20`,
	)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	orders, ids := []*Order{}, []int32{}
	for rows.Next() {
		order := &Order{Lines: []OrderLine{}}
		err := rows.Scan(
			&order.ID, &order.Number, &order.AccountID, &order.Country, &order.Status,
			&order.PlacedAt,
		)
		if err != nil {
			return nil, err
		}
		order.PlacedAt = order.PlacedAt.UTC()
		orders, ids = append(orders, order), append(ids, order.ID)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return orders, database.addLines(ctx, orders, ids)
}

func (database *Database) addLines(ctx context.Context, orders []*Order, ids []int32) error {
	rows, err := database.pool.Query(ctx,
		`SELECT line.order_id, line.id, line.quantity, line.unit_price::text,
		        product.id, product.sku, product.name
		 FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
		 WHERE line.order_id = ANY($1) ORDER BY line.id`,
		ids,
	)
	if err != nil {
		return err
	}
	defer rows.Close()
	byID := make(map[int32]*Order, len(orders))
	for _, order := range orders {
		byID[order.ID] = order
	}
	for rows.Next() {
		var orderID int32
		var line OrderLine
		err := rows.Scan(
			&orderID, &line.ID, &line.Quantity, &line.UnitPrice,
			&line.Product.ID, &line.Product.SKU, &line.Product.Name,
		)
		if err != nil {
			return err
		}
		byID[orderID].Lines = append(byID[orderID].Lines, line)
	}
	return rows.Err()
}

func (database *Database) productFast(ctx context.Context, id int32) (body []byte, err error) {
	err = database.pool.QueryRow(ctx, database.oneProduct, id).Scan(&body)
	return body, err
}

func (database *Database) ordersFast(ctx context.Context) (body []byte, err error) {
	err = database.pool.QueryRow(ctx, database.newestOrders, newest, 20).Scan(&body)
	return body, err
}
