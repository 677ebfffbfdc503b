from shop.orders import Order, place_order


def test_an_order_has_its_products() -> None:
    order = place_order("ada@example.com", ["tea", "coffee"])
    assert isinstance(order, Order)
    assert [product.price for product in order.products] == [450, 720]
