"""A simple model of a points account, with which the ledger is compared."""

from dataclasses import dataclass, field

Draws = list[tuple[int, int]]
FALLEN = -1
"""In place of points: the order stands at nothing."""


@dataclass
class Lot:
    points: int
    order: str
    expires: int
    left: int
    held: int = 0
    expired: int = 0
    taken: int = 0
    owed: int = 0
    forgiven: int = 0

    @property
    def net(self) -> int:
        return self.points - self.taken - self.owed - self.forgiven


@dataclass
class Redemption:
    draws: Draws
    reference: str
    state: str = "HELD"


@dataclass
class AccountModel:
    """Instants are days. Lots are named by their place, which is the order they came in."""

    lots: list[Lot] = field(default_factory=list)
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    placed: dict[str, int] = field(default_factory=dict)
    debt: int = 0

    def balance(self, day: int) -> int:
        return sum(lot.left - lot.held for lot in self.lots if day < lot.expires)

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots)

    def stand(self, order: str, points: int, day: int, life: int) -> None:
        """An event of an order, which now stands at so many points."""
        more = points - max(0, self.orders.get(order, 0))
        self.orders[order] = points
        expires = self.placed.setdefault(order, day) + life
        if more > 0:
            paid = min(self.debt, more)
            self.debt -= paid
            self.lots.append(Lot(more, order, expires, more - paid))
        elif more < 0:
            self.take_back(order, -more)

    def take_back(self, order: str, points: int) -> None:
        for lot in reversed(self.lots):
            if lot.order == order:
                part = min(points, lot.net)
                left = min(part, lot.left - lot.held)
                over = min(part - left, lot.expired - lot.forgiven)
                lot.left -= left
                lot.taken += left
                lot.forgiven += over
                lot.owed += part - left - over
                self.debt += part - left - over
                points -= part
        assert not points

    def redeem(self, name: str, quantity: int, day: int, *, is_hold: bool, reference: str) -> bool:
        if self.balance(day) < quantity or self.orders.get(reference, 1) < 0:
            return False
        draws: Draws = []
        for place in sorted(range(len(self.lots)), key=lambda place: self.lots[place].expires):
            lot = self.lots[place]
            taken = min(quantity - sum(n for _, n in draws), lot.left - lot.held) if day < lot.expires else 0
            if taken:
                lot.held += taken
                draws.append((place, taken))
        self.redemptions[name] = Redemption(draws, reference)
        if not is_hold:
            self.confirm(name)
        return True

    def confirm(self, name: str) -> None:
        redemption = self.redemptions[name]
        redemption.state = "CONFIRMED"
        for place, points in redemption.draws:
            self.lots[place].held -= points
            self.lots[place].left -= points

    def void(self, name: str) -> None:
        redemption = self.redemptions[name]
        redemption.state = "VOIDED"
        for place, points in redemption.draws:
            self.lots[place].held -= points
            self.lots[place].left -= points
            self._come_back(place, points)

    def fall(self, order: str, day: int) -> None:
        """An event of an order, which now stands at nothing."""
        self.placed.setdefault(order, day)
        self.take_back(order, max(0, self.orders.get(order, 0)))
        self.orders[order] = FALLEN
        for name, redemption in self.redemptions.items():
            if redemption.reference == order and redemption.state == "HELD":
                self.void(name)
            elif redemption.reference == order and redemption.state == "CONFIRMED":
                redemption.state = "RETURNED"
                for place, points in redemption.draws:
                    self._come_back(place, points)

    def expire(self, day: int) -> None:
        for lot in self.lots:
            if lot.expires <= day:
                lot.expired += lot.left - lot.held
                lot.left = lot.held

    def _come_back(self, place: int, points: int) -> None:
        lot = self.lots[place]
        paid = min(self.debt, points)
        self.debt -= paid
        lot.left += points - paid
