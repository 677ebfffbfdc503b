"""Who buys."""

from dataclasses import dataclass

from shop.storage import connect  # ringfence: ignore[RF104] from before the customers could see the storage


@dataclass(frozen=True)
class Customer:
    name: str
    email: str


def find_customer(email: str) -> Customer:
    return Customer(connect().read("customers", email), email)
