"""Many processes on one PostgreSQL database: any node hands out due checks, workers on any machine take them."""
