// The request and response bodies. Gin's binding validates with go-playground's validator. Fields
// that may be zero or false are pointers, because `required` treats zero values as missing.
package main

import "time"

type Product struct {
	ID          int32  `json:"id"`
	SKU         string `json:"sku"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Price       string `json:"price"`
	CategoryID  int32  `json:"category_id"`
}

type Order struct {
	ID        int32       `json:"id"`
	Number    string      `json:"number"`
	AccountID *int32      `json:"account_id"`
	Country   string      `json:"country"`
	Status    string      `json:"status"`
	PlacedAt  time.Time   `json:"placed_at"`
	Lines     []OrderLine `json:"lines"`
}

type OrderLine struct {
	ID        int32          `json:"id"`
	Quantity  int32          `json:"quantity"`
	UnitPrice string         `json:"unit_price"`
	Product   OrderedProduct `json:"product"`
}

type OrderedProduct struct {
	ID   int32  `json:"id"`
	SKU  string `json:"sku"`
	Name string `json:"name"`
}

type Delivery struct {
	Reference    string   `json:"reference" binding:"required,uuid"`
	FirstName    string   `json:"first_name" binding:"required,max=100"`
	LastName     string   `json:"last_name" binding:"required,max=100"`
	Company      *string  `json:"company" binding:"required,max=100"`
	Street       string   `json:"street" binding:"required,max=200"`
	HouseNumber  string   `json:"house_number" binding:"required,max=20"`
	Postcode     string   `json:"postcode" binding:"min=3,max=12"`
	City         string   `json:"city" binding:"required,max=100"`
	Country      string   `json:"country" binding:"len=2"`
	Phone        string   `json:"phone" binding:"min=5,max=20"`
	Language     string   `json:"language" binding:"oneof=en de fr es"`
	Currency     string   `json:"currency" binding:"oneof=GBP EUR USD"`
	Quantity     int      `json:"quantity" binding:"min=1,max=999"`
	WeightKg     float64  `json:"weight_kg" binding:"gt=0,max=1000"`
	Discount     *float64 `json:"discount" binding:"required,min=0,max=1"`
	Gift         *bool    `json:"gift" binding:"required"`
	Express      *bool    `json:"express" binding:"required"`
	Newsletter   *bool    `json:"newsletter" binding:"required"`
	DeliveryDate string   `json:"delivery_date" binding:"datetime=2006-01-02"`
	Instructions *string  `json:"instructions" binding:"required,max=500"`
}
