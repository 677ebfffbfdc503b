from shop.catalog import Product
from shop.customers import Customer


def gift_card(giver: Customer, amount: int) -> Product:
    return Product(f"gift card from {giver.name}", amount)
