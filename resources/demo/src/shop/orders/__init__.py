"""What was bought."""

from shop.orders.models import Order
from shop.orders.service import place_order

__all__ = ["Order", "place_order"]
