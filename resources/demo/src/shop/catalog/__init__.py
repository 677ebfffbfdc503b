"""What there is to buy."""

from shop.catalog.products import Product, find_product
from shop.catalog.recommendations import recommend

__all__ = ["Product", "find_product", "recommend"]
