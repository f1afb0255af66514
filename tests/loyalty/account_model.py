"""A simple model of a points account, with which the ledger is compared."""

from dataclasses import dataclass, field

Draws = list[tuple[int, int]]


@dataclass
class Lot:
    points: int
    order: str
    expires: int
    left: int
    held: int = 0
    expired: int = 0
    is_reversed: bool = False


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
    reversed: set[str] = field(default_factory=set)
    debt: int = 0

    def balance(self, day: int) -> int:
        return sum(lot.left - lot.held for lot in self.lots if day < lot.expires)

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots)

    def earn(self, points: int, order: str, expires: int) -> None:
        if order in self.reversed or not points:
            return
        paid = min(self.debt, points)
        self.debt -= paid
        self.lots.append(Lot(points, order, expires, points - paid))

    def redeem(self, name: str, quantity: int, day: int, *, is_hold: bool, reference: str) -> bool:
        if self.balance(day) < quantity:
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

    def reverse(self, order: str) -> None:
        if order in self.reversed:
            return
        self.reversed.add(order)
        for lot in self.lots:
            if lot.order == order:
                self.debt += lot.points - lot.expired - (lot.left - lot.held)
                lot.left, lot.is_reversed = lot.held, True
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
        paid = min(self.debt, points) if lot.is_reversed else 0
        self.debt -= paid
        lot.left += points - paid
