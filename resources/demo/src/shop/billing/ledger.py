from dataclasses import dataclass

from shop.customers import Customer
from shop.storage import connect


@dataclass(frozen=True)
class Invoice:
    customer: Customer
    amount: int


def charge(customer: Customer, amount: int) -> Invoice:
    post_entry(customer.email, amount)
    return Invoice(customer, amount)


def post_entry(account: str, amount: int) -> None:
    """Only the ledger itself should do this."""
    connect().write("ledger", account, str(amount))
