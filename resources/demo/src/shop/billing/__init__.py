"""Who owes what."""

from shop.billing.ledger import Invoice, charge

__all__ = ["Invoice", "charge"]
