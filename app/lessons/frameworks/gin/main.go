// Gin in release mode with the recovery middleware, but without the request log of gin.Default():
// the proxy in front writes one. Go uses all cores in one process; GOMAXPROCS limits how many.
package main

import (
	"errors"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v4"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	database, err := openDatabase()
	if err != nil {
		log.Fatal(err)
	}
	router := gin.New()
	router.Use(gin.Recovery())
	addRoutes(router, database)
	log.Fatal(router.Run("127.0.0.1:" + os.Getenv("PORT")))
}

func addRoutes(router *gin.Engine, database *Database) {
	router.GET("/constant", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"message": "Hello, World!"})
	})
	router.GET("/products/:id", func(c *gin.Context) {
		var path ProductPath
		if c.ShouldBindUri(&path) != nil {
			c.Status(http.StatusUnprocessableEntity)
			return
		}
		product, err := database.product(c, path.ID)
		if !failed(c, err) {
			c.JSON(http.StatusOK, product)
		}
	})
	router.GET("/orders", func(c *gin.Context) {
		orders, err := database.orders(c)
		if !failed(c, err) {
			c.JSON(http.StatusOK, orders)
		}
	})
	router.GET("/fast/products/:id", func(c *gin.Context) {
		var path ProductPath
		if c.ShouldBindUri(&path) != nil {
			c.Status(http.StatusUnprocessableEntity)
			return
		}
		body, err := database.productFast(c, path.ID)
		if !failed(c, err) {
			c.Data(http.StatusOK, gin.MIMEJSON, body)
		}
	})
	router.GET("/fast/orders", func(c *gin.Context) {
		body, err := database.ordersFast(c)
		if !failed(c, err) {
			c.Data(http.StatusOK, gin.MIMEJSON, body)
		}
	})
	router.POST("/deliveries", func(c *gin.Context) {
		var delivery Delivery
		if err := c.ShouldBindJSON(&delivery); err != nil {
			c.JSON(http.StatusUnprocessableEntity, gin.H{"error": err.Error()})
			return
		}
		c.JSON(http.StatusOK, delivery)
	})
}

// ProductPath binds the id in a path.
type ProductPath struct {
	ID int32 `uri:"id" binding:"min=0"`
}

// failed responds to an error and reports whether there was one.
func failed(c *gin.Context, err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, pgx.ErrNoRows) {
		c.Status(http.StatusNotFound)
	} else {
		c.Error(err)
		c.Status(http.StatusInternalServerError)
	}
	return true
}
