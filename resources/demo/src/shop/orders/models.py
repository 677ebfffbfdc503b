from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop.catalog import Product
from shop.customers import Customer

if TYPE_CHECKING:
    # Upwards, but only for the type checker.
    from shop.web.session import Session


@dataclass
class Order:
    customer: Customer
    products: list[Product]
    session: Session | None = None
