"""Where everything is kept."""

from shop.storage.database import Database, connect

__all__ = ["Database", "connect"]
