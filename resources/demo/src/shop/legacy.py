"""The old product list. To be deleted once nobody asks for it."""

PRICES = {"tea": 450, "coffee": 720}


def price_of(name: str) -> int:
    return PRICES[name]
