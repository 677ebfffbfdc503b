from shop.billing.ledger import charge
from shop.catalog import Product
from shop.customers import find_customer
from shop.legacy import price_of
from shop.orders.models import Order


def place_order(email: str, names: list[str]) -> Order:
    customer = find_customer(email)
    products = [Product(name, price_of(name)) for name in names]
    charge(customer, sum(product.price for product in products))
    return Order(customer, products)
