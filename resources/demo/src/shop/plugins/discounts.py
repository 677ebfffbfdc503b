from shop.billing import Invoice
from shop.catalog import Product


def discounted(product: Product, invoices: list[Invoice]) -> Product:
    """Ten percent off for who came back."""
    return Product(product.name, product.price * 9 // 10 if invoices else product.price)
