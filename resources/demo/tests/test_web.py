from shop.web.session import Session
from shop.web.views import checkout, gift_page, product_page


def test_a_visit() -> None:
    session = Session("ada@example.com", ["tea"])
    assert checkout(session) == "tea, tea"
    assert product_page("tea") == "tea: 0.00"
    assert gift_page(session) == "gift card from "
