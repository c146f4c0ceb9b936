module shop-on-gin

go 1.19

require (
	github.com/gin-gonic/gin v1.8.1
	github.com/jackc/pgx/v4 v4.15.0
)
