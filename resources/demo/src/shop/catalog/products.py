from dataclasses import dataclass

from shop.storage import connect


@dataclass(frozen=True)
class Product:
    name: str
    price: int


def find_product(name: str) -> Product:
    return Product(name, int(connect().read("products", name) or 0))
