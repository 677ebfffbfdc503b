from shop.catalog.products import Product, find_product
from shop.customers import Customer


def recommend(customer: Customer) -> list[Product]:
    return [find_product("tea" if "@" in customer.email else "coffee")]
