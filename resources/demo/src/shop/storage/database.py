"""A database, in memory."""

from collections import defaultdict


class Database:
    def __init__(self) -> None:
        self.tables: dict[str, dict[str, str]] = defaultdict(dict)

    def read(self, table: str, key: str) -> str:
        return self.tables[table].get(key, "")

    def write(self, table: str, key: str, value: str) -> None:
        self.tables[table][key] = value

    def products(self) -> list:
        from shop.catalog import Product

        return [Product(name, int(price)) for name, price in self.tables["products"].items()]


_DATABASE = Database()


def connect() -> Database:
    return _DATABASE
