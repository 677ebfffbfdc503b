from dataclasses import dataclass, field


@dataclass
class Session:
    email: str
    basket: list[str] = field(default_factory=list)
