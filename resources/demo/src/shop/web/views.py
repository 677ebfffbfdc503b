from shop.catalog import find_product, recommend
from shop.customers import find_customer
from shop.orders import place_order
from shop.plugins import discounts, gift_cards
from shop.storage import connect
from shop.web.session import Session


def product_page(name: str) -> str:
    product = discounts.discounted(find_product(name), [])
    return f"{product.name}: {product.price / 100:.2f}"


def gift_page(session: Session) -> str:
    return gift_cards.gift_card(find_customer(session.email), 2_000).name


def checkout(session: Session) -> str:
    order = place_order(session.email, session.basket)
    connect().write("visits", session.email, "checkout")
    return ", ".join(product.name for product in [*order.products, *recommend(order.customer)])
