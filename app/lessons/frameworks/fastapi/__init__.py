"""FastAPI on Uvicorn."""
