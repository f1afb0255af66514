"""Event counters: number and value of a customer's events of one kind in one namespace, in all and by day."""

from dataclasses import dataclass, field

from tidings_server.loyalty.money import saturating_add


@dataclass(slots=True)
class EventCounter:
    """Number and value of events. `value` in ten-thousandths of a currency unit; days are days since 1970, UTC."""

    events: int = 0
    value: int = 0
    last_day: int = 0
    last_day_events: int = 0
    last_day_value: int = 0
    days: dict[int, int] = field(default_factory=dict)
    """Events of earlier days, as far back as conditions read."""
    day_changes: dict[int, tuple[int, int]] = field(default_factory=dict)
    """What has come to days before the last one since the counter was read: events and their value."""

    def add(self, value: int, day: int, *, events: int = 1) -> None:
        """Count an event of some day; an order that changes is counted with -1 first."""
        if day > self.last_day:
            if self.last_day_events or self.last_day_value:
                self._change_day(self.last_day, self.last_day_events, self.last_day_value)
            self.last_day, self.last_day_events, self.last_day_value = day, 0, 0
        if day == self.last_day:
            self.last_day_events += events
            self.last_day_value += value
        else:
            self._change_day(day, events, value)
        self.events += events
        self.value = saturating_add(self.value, value)

    def between(self, first: int, last: int) -> int:
        """Number of events from one day to another, both included."""
        of_last_day = self.last_day_events if first <= self.last_day <= last else 0
        return of_last_day + sum(events for day, events in self.days.items() if first <= day <= last)

    def _change_day(self, day: int, events: int, value: int) -> None:
        self.days[day] = self.days.get(day, 0) + events
        changed_events, changed_value = self.day_changes.get(day, (0, 0))
        self.day_changes[day] = changed_events + events, changed_value + value
